import * as z from "zod";
import type { Channel } from "../channels/channel.ts";
import type { Said, Wrong } from "../channels/network.ts";
import { networkOf } from "../channels/networks.ts";
import { linksIn, replaced } from "../channels/written.ts";
import { newSlug, shortUrl } from "../links/link.ts";
import { leadsTo, tagged } from "../links/tags.ts";
import { readOn } from "./read-on.ts";
import { asWorded, name, namesIn, type Parts, type Short, type Texts, type Worded } from "./wording.ts";
import { mentionsOf, tagSettingsOf } from "./wording-table.ts";

// How wording is made, when a post is written. It asks the networks, which whoever only shows a post does not load.

/** What is said there of one channel; undefined where it is all as it was written. `known`: the short links of before. */
export const wordOn = async (
  channel: Channel,
  said: Texts,
  {
    campaign,
    known,
    home,
    now,
  }: { campaign?: string | undefined; known?: Worded | undefined; home: string; now: string },
): Promise<Worded | undefined> => {
  const { workspaceId, id } = channel;
  const texts = [said.text, ...(said.thread ?? []).map(({ text }) => text)];
  const asked = new Set(texts.flatMap(namesIn));
  const hasLinks = texts.some((text) => /https?:\/\//i.test(text));
  if (asked.size === 0 && !hasLinks) return undefined;
  const network = readOn(channel);
  const people = asked.size > 0 ? await mentionsOf(workspaceId, [...asked], now) : [];
  const settings = hasLinks ? await tagSettingsOf(workspaceId, now) : undefined;
  const short: Short[] = [];

  const withNames = (text: string): string =>
    text.replaceAll(name, (written, found: string) => {
      const person = people.find((one) => one.name === found.toLowerCase());
      if (!person) return written;
      const handle = person.handles[network];
      return handle === undefined ? person.says : `@${handle}`;
    });
  const shortened = (url: string): string => {
    const of = short.find((one) => one.url === url) ??
      known?.links?.find((one) => one.url === url) ?? { slug: newSlug(), url };
    if (!short.includes(of)) short.push(of);
    return shortUrl(home, of.slug);
  };
  const withTags = (text: string): string => {
    if (!settings) return text;
    const { hosts, medium, sources, shortens } = settings;
    return replaced(
      text,
      linksIn(text).flatMap(({ from, to, url }) => {
        if (url.startsWith(`${home}/l/`)) return [];
        const source = sources?.[id] ?? network;
        const next = leadsTo(url, hosts)
          ? tagged(url, { source, medium, campaign: campaign ?? settings.campaign })
          : url;
        // What is there for everyone to see is not made short where it gets no shorter.
        const by = shortens && next.length > home.length + 12 ? shortened(next) : next;
        return by === url ? [] : [{ from, to, by }];
      }),
    );
  };
  const made = texts.map((text) => {
    const next = withTags(withNames(text));
    return next === text ? null : next;
  });
  if (made.every((text) => text === null)) return undefined;
  const [text = null, ...thread] = made;
  return {
    text,
    ...(thread.length > 0 ? { thread } : {}),
    ...(short.length > 0 ? { links: short } : {}),
  };
};

const refusals = (channel: Channel, said: Parts): Wrong[] =>
  networkOf(channel.network).check(z.custom<Said>().parse(said), channel.account).problems;
const isAboutSize = ({ code }: Wrong): boolean => code === "media_too_large" || code === "too_many_pixels";

/** The files that a channel does not take as large as they are, and does in their smaller size. */
export const smallerOn = (channel: Channel, said: Parts): string[] => {
  // What is posted by hand is fetched by its public address.
  if (channel.network === "reminder") return [];
  const parts = [said, ...(said.thread ?? [])];
  const files = parts.flatMap(({ media = [] }) => media).filter((file) => file.smaller !== undefined);
  if (files.length === 0) return [];
  const before = refusals(channel, said);
  if (!before.some(isAboutSize)) return [];
  const large = before.filter(isAboutSize).flatMap(({ pointer = "" }) => {
    const [, inThread, n, i] = /^(\/thread\/(\d+))?\/media\/(\d+)$/.exec(pointer) ?? [];
    const file = parts[inThread === undefined ? 0 : Number(n) + 1]?.media?.[Number(i)];
    return file?.smaller ? [file.mediaId] : [];
  });
  const after = refusals(channel, asWorded(said, { text: null, smaller: large }));
  return after.length < before.length ? [...new Set(large)] : [];
};
