// Campaign tags: what an address says of where it stood, for the statistics of the site that it leads to (utm_source and its
// kin, as web statistics read them). An address stays byte for byte what it was, but for what is added to its query.

export type Tags = { source: string; medium: string; campaign?: string | undefined };

/** Whether an address leads to one of these hosts, or to a name below one. */
export const leadsTo = (url: string, hosts: readonly string[]): boolean => {
  const host = URL.parse(url)?.hostname.toLowerCase();
  return host !== undefined && hosts.some((one) => host === one || host.endsWith(`.${one}`));
};

/** With tags, unless it has some of its own: then whoever wrote them meant them. */
export const tagged = (url: string, { source, medium, campaign }: Tags): string => {
  const hash = url.indexOf("#");
  const fragment = hash < 0 ? "" : url.slice(hash);
  const address = hash < 0 ? url : url.slice(0, hash);
  const mark = address.indexOf("?");
  const query = mark < 0 ? undefined : address.slice(mark + 1);
  if (query !== undefined && /(^|[&;])utm_/i.test(query)) return url;
  const parts = [
    ["utm_source", source],
    ["utm_medium", medium],
    ...(campaign === undefined ? [] : [["utm_campaign", campaign]]),
  ].map(([name, value = ""]) => `${name}=${encodeURIComponent(value)}`);
  const joint = query === undefined ? "?" : query === "" || query.endsWith("&") ? "" : "&";
  return `${address}${joint}${parts.join("&")}${fragment}`;
};
