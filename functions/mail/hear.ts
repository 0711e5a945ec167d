import type { Context } from "aws-lambda";
import * as z from "zod";
import { task } from "../platform/background.ts";
import { persist } from "../platform/table.ts";
import { suppressAddress } from "./suppress.ts";

// What comes back of a mail: SES tells the default bus of a bounce and of a complaint. The rules (infra/mail.ts) pass on
// nothing but the tags that we gave the mail, so that not even a dead letter says who it was.

export const hears = "ses" as const;

const one = (schema: z.ZodType<string>) => z.tuple([schema]).transform(([value]) => value);
const Hash = z.string().regex(/^[\w-]{43}$/);

export const Feedback = z.object({
  /** SES's id of its event. */
  id: z.string(),
  what: z.enum(["bounced", "complained"]),
  tags: z.object({ workspace: one(z.string().regex(/^\w+$/)), address: one(Hash), everywhere: one(Hash) }),
});

export const handler = async (event: unknown, context: Context): Promise<void> => {
  const { id, what, tags } = Feedback.parse(event);
  await persist(async () => {
    const { now, save } = task(`system:mail.${what}`, `ses:${id}`, context.awsRequestId, 0);
    await suppressAddress(tags.workspace, tags, what, { now, save });
  });
};
