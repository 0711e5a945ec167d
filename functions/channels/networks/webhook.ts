import * as z from "zod";
import { refusalOfUrl } from "../../platform/public-address.ts";
import { checkLimits, type Network, type Profile } from "../network.ts";

// Any endpoint that takes a post as JSON, signed as Standard Webhooks has it: an automation service, a script of one's own.

const ours = { source: "functions/channels/networks/webhook.ts: our own choice", checkedAt: "2026-11-22" };
const specification = {
  source: "github.com/standard-webhooks/standard-webhooks, specification 1.0.0",
  checkedAt: "2026-11-22",
};

const profile: Profile = {
  name: "webhook",
  title: "The webhook",
  // Unless its owner says that it knows a repeated webhook-id.
  idempotency: "C",
  verified: "server",
  limits: [{ unit: "bytes", most: 40_000, ...ours }],
  media: [
    {
      types: ["image/png", "image/jpeg", "image/gif", "image/webp", "video/mp4"],
      most: 20,
      mostBytes: 50_000_000,
      ...ours,
    },
  ],
  rates: [],
  mostParts: 25,
  can: { retract: true, figures: [], replies: false },
  named: false,
};

export const WebhookSettings = z.strictObject({
  url: z
    .string()
    .max(2000)
    .superRefine((url, context) => {
      const wrong = refusalOfUrl(url);
      if (wrong) context.addIssue({ code: "custom", message: wrong });
    })
    .describe("Where it is sent, by POST: an https address."),
  ignoresRepeats: z
    .boolean()
    .default(false)
    .describe(
      "That it does nothing for a `webhook-id` that it has seen. Then what got no answer is sent again; else a person must look.",
    ),
});

const written = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;
/** What is signed with, as the specification writes it. */
export const secretOf = (text: string): Buffer => Buffer.from(text.replace(/^whsec_/, ""), "base64");

export const WebhookSecrets = z.strictObject({
  signingSecret: z
    .string()
    .max(100)
    .refine(
      (text) => written.test(text),
      "Give whsec_ and 24 to 64 bytes in base64, e.g. of `openssl rand -base64 32`.",
    )
    .refine((text) => secretOf(text).length >= 24 && secretOf(text).length <= 64, {
      error: `Use 24 to 64 bytes (${specification.source}).`,
    })
    .describe("Both sides know it: with it the endpoint sees that a request is ours."),
});

export const webhook = {
  profile,
  settings: WebhookSettings,
  secrets: WebhookSecrets,
  check: (said) => checkLimits(profile, said),
  idempotencyOf: ({ ignoresRepeats }) => (ignoresRepeats === true ? "A" : "C"),
} satisfies Network;
