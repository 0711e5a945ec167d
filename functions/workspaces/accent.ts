// Whether text can be read on a colour: WCAG 2.2, "relative luminance" and "contrast ratio" (www.w3.org/TR/WCAG22).

/** What success criterion 1.4.3 (AA) asks of text in a usual size. */
export const leastContrast = 4.5;

type Channels = readonly [red: number, green: number, blue: number];

const channelsOf = (colour: string): Channels => {
  const rgb = Number.parseInt(colour.slice(1), 16);
  return [rgb >> 16, (rgb >> 8) & 255, rgb & 255];
};
const toHex = (channels: Channels): string =>
  `#${channels.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;

const linear = (channel: number): number => {
  const part = channel / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
};

/** The contrast ratio of a colour (#rrggbb) with white, from 1 to 21. */
export const contrastWithWhite = (colour: string): number => {
  const [red, green, blue] = channelsOf(colour);
  const luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  return 1.05 / (luminance + 0.05);
};

/** The lightest shade of a colour (it, mixed with black in steps of 1/255) on which white text can be read. */
export const readable = (colour: string): string => {
  const channels = channelsOf(colour);
  for (let part = 255; part > 0; part--) {
    const [red, green, blue] = channels.map((channel) => Math.round((channel * part) / 255));
    const shade = toHex([red ?? 0, green ?? 0, blue ?? 0]);
    if (contrastWithWhite(shade) >= leastContrast) return shade;
  }
  return "#000000";
};
