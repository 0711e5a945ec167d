import type { Words } from "../platform/words.ts";

type ChannelWords = {
  empty: string;
  newest: string;
  older: string;
  follow: string;
  posts: string;
};

/** What a reader of a feed's page reads. */
export const words: Words<ChannelWords> = {
  nl: {
    empty: "Hier staat nog niets. Kom later nog eens kijken.",
    newest: "Naar de nieuwste berichten",
    older: "Oudere berichten",
    follow: "Volg deze pagina met een feedlezer:",
    posts: "Berichten",
  },
  en: {
    empty: "There is nothing here yet. Come back later.",
    newest: "To the newest posts",
    older: "Older posts",
    follow: "Follow this page in a feed reader:",
    posts: "Posts",
  },
};
