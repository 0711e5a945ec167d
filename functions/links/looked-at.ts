import { isbot } from "isbot";

type Asked = { method: string; headers: Readonly<Record<string, string | undefined>>; wantsJson: boolean };

/** What browsers fetch before anyone looks (Sec-Purpose; Purpose and X-Moz were its names before). */
const isAhead = (headers: Asked["headers"]): boolean =>
  ["sec-purpose", "purpose", "x-moz"].some((name) => /prefetch|preview/i.test(headers[name] ?? ""));

/** Whether a person looks at it: no program, no link preview, no bot. */
export const isLookedAt = ({ method, headers, wantsJson }: Asked): boolean => {
  const agent = headers["user-agent"];
  return method === "GET" && !wantsJson && agent !== undefined && agent !== "" && !isbot(agent) && !isAhead(headers);
};
