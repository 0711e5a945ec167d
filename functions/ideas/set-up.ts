import * as z from "zod";
import { Slug } from "../platform/ids.ts";
import { Line, Paragraph } from "../platform/input.ts";
import { Language } from "../platform/words.ts";
import { Moderation, Tier } from "./board.ts";

// What people and programs write on boards.

/** Something to be seen: not only spaces of no width, or marks that turn the direction. */
const isSeen = (text: string): boolean => /[\p{L}\p{N}\p{P}\p{S}]/u.test(text);
const nothingSeen = "Write something that can be seen.";

export const Title = Line(120).refine(isSeen, nothingSeen);
export const Text = Paragraph(2000).refine(isSeen, nothingSeen);
export const Said = Paragraph(1000).refine(isSeen, nothingSeen);
export const Name = Line(40).refine(isSeen, nothingSeen);

const fields = {
  slug: Slug,
  language: Language,
  title: Line(120).refine(isSeen, nothingSeen),
  text: Text.describe("What is asked, below the title."),
  tier: Tier.describe("How one person is told from another: by device, or by a code that is mailed."),
  moderation: Moderation.describe("`before`: ideas and comments wait until somebody approves them."),
  comments: z.boolean().describe("Whether people may comment on ideas."),
};

export const NewBoard = z.strictObject({
  slug: fields.slug,
  title: fields.title,
  language: fields.language.optional(),
  text: fields.text.optional(),
  tier: fields.tier.default("device"),
  moderation: fields.moderation.default("after"),
  comments: fields.comments.default(true),
});
export const BoardPatch = z.strictObject({ ...fields, text: fields.text.nullable() }).partial();

export const IdeaPatch = z.strictObject({ title: Title, text: Text.nullable(), name: Name.nullable() }).partial();
