// An address at a domain that is nearly a usual one was probably meant to be there. We ask, and never decide.

/** Where people in the Netherlands have their mail. */
const usual = [
  ...["gmail.com", "hotmail.com", "hotmail.nl", "outlook.com", "outlook.nl", "live.nl", "live.com", "msn.com"],
  ...["icloud.com", "yahoo.com", "yahoo.nl", "ziggo.nl", "kpnmail.nl", "kpnplanet.nl", "planet.nl", "hetnet.nl"],
  ...["xs4all.nl", "home.nl", "upcmail.nl", "casema.nl", "chello.nl", "telfort.nl", "tele2.nl", "quicknet.nl"],
  ...["zeelandnet.nl", "solcon.nl", "protonmail.com", "proton.me", "googlemail.com"],
];

/** Others that exist and look like one of those. */
const real = new Set([
  ...["mail.com", "email.com", "ymail.com", "gmx.com", "gmx.net", "gmx.nl", "aol.com", "me.com", "mac.com", "pm.me"],
  ...["hotmail.be", "hotmail.de", "hotmail.fr", "hotmail.it", "hotmail.es", "outlook.be", "outlook.de", "outlook.fr"],
  ...[
    "live.be",
    "live.de",
    "live.fr",
    "yahoo.be",
    "yahoo.de",
    "yahoo.fr",
    "yahoo.es",
    "yahoo.it",
    "line.nl",
    "life.nl",
  ],
]);

/** Two mistakes in a short name make another name. */
const shortest = { oneMistake: 6, twoMistakes: 9 };

/** How many letters were left out, added, changed or swapped with the next (optimal string alignment). */
const mistakes = (a: string, b: string): number => {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        rows[i - 1]![j]! + 1,
        row[j - 1]! + 1,
        rows[i - 1]![j - 1]! + cost,
        swapped ? rows[i - 2]![j - 2]! + 1 : Number.POSITIVE_INFINITY,
      );
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
};

/** The address that was probably meant, or undefined where nothing looks wrong with this one. */
export const probablyMeant = (address: string): string | undefined => {
  const at = address.lastIndexOf("@");
  const domain = address.slice(at + 1);
  if (usual.includes(domain) || real.has(domain)) return undefined;
  const near = usual
    .map((name) => ({ name, distance: mistakes(domain, name) }))
    .filter(
      ({ name, distance }) =>
        (distance === 1 && name.length >= shortest.oneMistake) ||
        (distance === 2 && name.length >= shortest.twoMistakes),
    )
    .sort((a, b) => a.distance - b.distance)[0];
  return near && `${address.slice(0, at)}@${near.name}`;
};
