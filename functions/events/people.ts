import * as z from "zod";
import { announces } from "./event.ts";

const personId = z.string();
const consent = {
  personId,
  consentId: z.string().describe("The row that says so."),
  purpose: z.enum(["newsletter"]),
};
const example = {
  personId: "person_01jd0000000000000000000000",
  consentId: "entry_01jd0000000000000000000000",
  purpose: "newsletter",
} as const;

export const { catalogue, event } = announces({
  "consent.given": {
    data: z.object({ ...consent, textHash: z.string().describe("SHA-256 of the text that was agreed to, hex.") }),
    example: { ...example, textHash: "e4eeae66f3a12261c8f884ad647cd840cd15eb9ae47f765c21ba1bce41e0951a" },
  },
  "consent.withdrawn": {
    data: z.object({ ...consent, method: z.enum(["link", "api"]) }),
    example: { ...example, consentId: "2026-12-04T16:00:00.000Z", method: "link" },
  },
  "person.erased": {
    data: z.object({ personId }).describe("Nothing tells any more who it was; what they agreed to is gone too."),
    example: { personId: example.personId },
  },
});
