import * as z from "zod";
import { refusalOfUrl } from "../../platform/public-address.ts";
import { checkLimits, type Network, type Profile } from "../network.ts";

// A site on WordPress, by its REST API and an application password (since 5.6): one's own site, and most hosted ones.

const ours = { source: "functions/channels/networks/wordpress.ts: our own choice", checkedAt: "2026-11-22" };

const profile: Profile = {
  name: "wordpress",
  title: "WordPress",
  // A draft that carries our key is made public by its id.
  idempotency: "A",
  verified: "server",
  // WordPress itself has none.
  limits: [{ unit: "bytes", most: 40_000, ...ours }],
  media: [
    {
      types: ["image/jpeg", "image/png", "image/gif", "image/webp"],
      most: 20,
      mostBytes: 10_000_000,
      source: "developer.wordpress.org, wp_get_mime_types (webp since 5.8); the size is our own choice",
      checkedAt: "2026-11-22",
    },
    {
      types: ["video/mp4"],
      most: 1,
      // A site's own limit (upload_max_filesize) may be less, and is not told; a film over it is refused by name.
      mostBytes: 50_000_000,
      source: "developer.wordpress.org, wp_get_mime_types; the size and the number are our own choice",
      checkedAt: "2026-11-22",
    },
  ],
  rates: [],
  mostParts: 0,
  can: { retract: true, figures: ["replies"], replies: true },
  named: false,
};

export const WordPressSettings = z.strictObject({
  url: z
    .string()
    .max(500)
    .superRefine((url, context) => {
      const wrong = refusalOfUrl(url);
      if (wrong) context.addIssue({ code: "custom", message: wrong });
    })
    .describe("The site's own address, as its Settings › General say: https://example.com, or with a folder."),
});

export const WordPressSecrets = z.strictObject({
  username: z
    .string()
    .min(1)
    .max(100)
    // A colon would end it (RFC 7617, section 2).
    .regex(/^[^:\p{C}]+$/u, "Give the user name, or the mail address, that you sign in with.")
    .describe("Of a user who may publish and upload: an author, an editor."),
  applicationPassword: z
    .string()
    .regex(/^[A-Za-z0-9 ]{16,60}$/, "Give an application password: Users › Profile › Application Passwords makes one.")
    .describe("Made for us under Users › Profile › Application Passwords; not the password of the user."),
});

export const wordpress = {
  profile,
  settings: WordPressSettings,
  secrets: WordPressSecrets,
  check: (said) => checkLimits(profile, said),
} satisfies Network;
