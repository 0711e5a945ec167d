import type { Request } from "./requests.ts";

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** The same JSON with one part less, for each part: the large ones first. */
const without = (value: Json): Json[] => {
  if (Array.isArray(value)) {
    return value.flatMap((part, i) => [
      value.filter((_, j) => j !== i),
      ...without(part).map((less) => value.map((one, j) => (j === i ? less : one))),
    ]);
  }
  if (typeof value === "string")
    return value.length > 8 ? [value.slice(0, value.length / 2), value.slice(value.length / 2)] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => {
    const { [name]: _, ...rest } = value;
    return [rest, ...without(part).map((less) => ({ ...value, [name]: less }))];
  });
};

const smaller = (request: Request): Request[] => {
  const { headers, body, path } = request;
  const [pathname = "", search = ""] = path.split("?");
  const fewerHeaders = Object.keys(headers).map((name) => {
    const { [name]: _, ...rest } = headers;
    return { ...request, headers: rest };
  });
  const query = [...new URLSearchParams(search)];
  const fewerQuery = query.map((_, i) => {
    const rest = new URLSearchParams(query.filter((__, j) => j !== i)).toString();
    return { ...request, path: `${pathname}${rest && `?${rest}`}` };
  });
  let parts: Json[] = [];
  try {
    parts = body ? without(JSON.parse(body.toString())) : [];
  } catch {
    // No JSON: it stays as it is.
  }
  return [
    ...fewerQuery,
    ...fewerHeaders,
    ...parts.map((part) => ({ ...request, body: Buffer.from(JSON.stringify(part)) })),
  ];
};

/** As much is tried. */
const MOST_TRIES = 150;

/** Leaves out of a request what does not matter to `isBad`; undefined where it is no longer bad when it is asked again. */
export const shrink = async (
  request: Request,
  isBad: (request: Request) => Promise<boolean>,
): Promise<Request | undefined> => {
  if (!(await isBad(request))) return undefined;
  let best = request;
  let tries = 0;
  for (let found = true; found && tries < MOST_TRIES; ) {
    found = false;
    for (const one of smaller(best)) {
      if (tries++ >= MOST_TRIES) break;
      if (!(await isBad(one))) continue;
      best = one;
      found = true;
      break;
    }
  }
  return best;
};
