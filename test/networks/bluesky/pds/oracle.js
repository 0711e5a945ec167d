// What Bluesky's own library sees in texts: a JSON list of them comes in, their facets go out. Plain JavaScript: it runs under
// its own installation.
import { text } from "node:stream/consumers";
import { RichText } from "@atproto/api";

const texts = JSON.parse(await text(process.stdin));
const facets = texts.map((one) => {
  const rich = new RichText({ text: one });
  rich.detectFacetsWithoutResolution();
  return { graphemes: rich.graphemeLength, bytes: rich.length, facets: rich.facets ?? [] };
});
console.log(JSON.stringify(facets));
