import * as z from "zod";

// What is said on a channel otherwise than it was written: names as they are there, addresses with campaign tags, or short. It is
// made when the post is written and kept with it: what was counted is what is sent, however often it is tried.

/** An address as it was made short: what stands in the text, and where it leads. */
const Short = z.object({ slug: z.string(), url: z.string() });
export type Short = z.infer<typeof Short>;
/** On one channel. A part that is said as it was written is null. */
const Worded = z.object({
  text: z.string().nullable(),
  thread: z.array(z.string().nullable()).optional(),
  links: z.array(Short).optional(),
  /** The files of which the smaller one is shown, by their ids. */
  smaller: z.array(z.string()).optional(),
});
export type Worded = z.infer<typeof Worded>;
/** By channel, where anything is otherwise. */
export const Wording = z.record(z.string(), Worded);
export type Wording = z.infer<typeof Wording>;

export type Texts = { text: string; thread?: readonly { text: string }[] | undefined };
/** A file as a post holds it. */
type File = { mediaId: string; smaller?: object | undefined };
type Part = { text: string; media?: readonly File[] | undefined };
export type Parts = Part & { thread?: readonly Part[] | undefined };

/** How a name is written where it is put in: @{bakker}. */
export const name = /@\{([\p{L}\p{N}][\p{L}\p{N}_-]{0,39})\}/gu;
export const namesIn = (text: string): string[] =>
  [...text.matchAll(name)].map(([, found = ""]) => found.toLowerCase());

/** A name that nobody has: what it is called there is not known. */
export const unknownNames = ({ text, thread = [] }: Texts): { name: string; pointer: string }[] =>
  [text, ...thread.map((part) => part.text)].flatMap((part, i) =>
    namesIn(part).map((found) => ({ name: found, pointer: i === 0 ? "/text" : `/thread/${i - 1}/text` })),
  );

/** What is said, as it is worded. */
export const asWorded = <S extends Parts>(said: S, worded: Worded | undefined): S => {
  if (!worded) return said;
  const inSize = <P extends Part>(part: P): P =>
    part.media && worded.smaller
      ? {
          ...part,
          media: part.media.map((file) =>
            file.smaller && worded.smaller?.includes(file.mediaId)
              ? { ...file, ...file.smaller, size: "smaller" as const }
              : file,
          ),
        }
      : part;
  return {
    ...inSize(said),
    text: worded.text ?? said.text,
    ...(said.thread
      ? { thread: said.thread.map((part, i) => ({ ...inSize(part), text: worded.thread?.[i] ?? part.text })) }
      : {}),
  };
};
