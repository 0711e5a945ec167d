import type { Words } from "../platform/words.ts";

type ShowcaseWords = {
  contests: string;
  until: (time: string) => string;
  polls: string;
  boards: string;
  links: string;
  posts: string;
  empty: string;
  newest: string;
  older: string;
  follow: string;
  feeds: { atom: string; json: string };
};

/** What a visitor of a workspace's own page reads. */
export const words: Words<ShowcaseWords> = {
  nl: {
    contests: "Win-acties",
    until: (time) => `Meedoen kan tot ${time}.`,
    polls: "Wat vindt u?",
    boards: "Hebt u een idee?",
    links: "Meer van ons",
    posts: "Berichten",
    empty: "Hier staat nog niets. Kom later nog eens kijken.",
    newest: "Naar de nieuwste berichten",
    older: "Oudere berichten",
    follow: "Volg deze pagina met een feedlezer:",
    feeds: { atom: "Atom", json: "JSON Feed" },
  },
  en: {
    contests: "Contests",
    until: (time) => `You can enter until ${time}.`,
    polls: "What do you think?",
    boards: "Do you have an idea?",
    links: "More of us",
    posts: "Posts",
    empty: "There is nothing here yet. Come back later.",
    newest: "To the newest posts",
    older: "Older posts",
    follow: "Follow this page in a feed reader:",
    feeds: { atom: "Atom", json: "JSON Feed" },
  },
};
