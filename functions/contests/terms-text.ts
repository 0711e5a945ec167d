import { days, later } from "../platform/clock.ts";
import { type Language, sayEuros, sayNumber, sayTime, type Words } from "../platform/words.ts";
import { type Open, type TermsVersion, winnerCount } from "./contest.ts";
import { countryNames } from "./eligibility.ts";
import { retention } from "./retention.ts";
import { isLargeGame, totalCents } from "./rules.ts";
import { gamingTax } from "./tax.ts";

// The terms and the privacy statement of a contest, written from its set-up. They say what the code for promotional games of
// chance asks for, what the networks ask for, and what this system does; terms.ts keeps and shows them as they were written.
// A line that begins with "# " is a heading; an empty line ends a paragraph; lines that begin with "- " are a list.

/** Where the pages are, and where the organiser's own privacy statement is. */
export type Home = { url: string; privacyUrl: string | undefined };

type Facts = {
  title: string;
  organiser: { name: string; address: string; contact: string };
  promotes: string;
  opens: string;
  closes: string;
  draws: string;
  prizes: string[];
  total: string;
  tax: { rate: string } | undefined;
  winners: number;
  reserves: number;
  minimumAge: number | undefined;
  countries: string | undefined;
  isLarge: boolean;
  jury: Open["jury"];
  chances: { base: number; referralUnit: number; referralCap: number; bonuses: string[] };
  claimDays: number;
  newsletter: boolean;
  asksPoll: boolean;
  asksIdea: boolean;
  page: string;
  privacyUrl: string | undefined;
  keptUntil: string;
  graceDays: number;
};

const listed = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join("\n");
const text = (...parts: (string | false | undefined)[]): string => parts.filter((part) => part).join("\n\n");

/** What networks want released, by their names. */
const networks = "Facebook, Instagram, X, YouTube, TikTok, Tumblr, Pinterest";

const lots = (n: number): string => (n === 1 ? "1 lot" : `${sayNumber(n, "nl")} loten`);
const tickets = (n: number): string => (n === 1 ? "1 ticket" : `${sayNumber(n, "en")} tickets`);

type Written = {
  terms: (of: Facts) => string;
  privacy: (of: Facts) => string;
  prize: (number: number, description: string, value: string) => string;
  bonus: (label: string, tickets: number) => string;
  changes: {
    added: (prize: string) => string;
    more: (description: string, before: number, after: number) => string;
    worthMore: (description: string, before: string, after: string) => string;
  };
};

const written: Words<Written> = {
  nl: {
    prize: (number, description, value) =>
      `${number} × ${description}, ter waarde van ${value}${number > 1 ? " per stuk" : ""}`,
    bonus: (label, n) => `${label}: ${lots(n)} erbij`,
    changes: {
      added: (prize) => `Een prijs erbij: ${prize}.`,
      more: (description, before, after) =>
        `Van de prijs “${description}” zijn er nu ${after}; het waren er ${before}.`,
      worthMore: (description, before, after) => `De prijs “${description}” is nu ${after} waard; het was ${before}.`,
    },
    terms: (of) =>
      text(
        "# De organisator",
        `“${of.title}” is een ${of.jury ? "wedstrijd" : "win-actie"} van ${of.organiser.name}, ${of.organiser.address}, om reclame te maken voor: ${of.promotes}.`,
        "# Meedoen",
        `Meedoen kan van ${of.opens} tot ${of.closes}. Het is gratis en gaat met een e-mailadres dat u bevestigt met de knop in de mail. De bevestiging moet vóór de sluiting bij ons aankomen: dat moment telt.`,
        "Ieder mens doet één keer mee. Eén e-mailadres geldt als één mens; hoofdletters maken geen verschil. Wie met meer adressen, met wegwerpadressen of geautomatiseerd meedoet, kan worden uitgesloten voordat de lijst van deelnemers vastligt. Hij krijgt daarvan bericht met de reden en kan tot dan bezwaar maken.",
        whoNl(of),
        of.isLarge &&
          (of.minimumAge ?? 0) < 18 &&
          "Wie jonger is dan 18 jaar, doet alleen mee met toestemming van een ouder of voogd. Bij het uitreiken van een prijs kan daarnaar gevraagd worden.",
        !of.isLarge &&
          (of.minimumAge ?? 0) < 18 &&
          "Bent u jonger dan 18 jaar, vraag dan eerst toestemming aan uw ouders of voogd.",
        "# De prijzen",
        listed(of.prizes),
        `Samen zijn de prijzen ${of.total} waard. Alle toegezegde prijzen worden uitgereikt.`,
        !of.jury &&
          (of.tax
            ? `Over de prijzen is kansspelbelasting verschuldigd (${of.tax.rate}). De organisator betaalt die.`
            : "Over deze prijzen is geen kansspelbelasting verschuldigd."),
        ...(of.jury ? juryNl(of, of.jury) : drawNl(of)),
        "# Bericht aan de winnaars",
        of.jury
          ? `Wie wint, krijgt een mail op het adres waarmee hij meedeed, en heeft ${of.claimDays} dagen om de prijs op te vragen. Dan vragen we naam en woonplaats, en waar de prijs heen kan. Wie niet antwoordt, valt af; dan is de prijs voor de volgende die de jury als reserve koos. De uitslag staat met de redenen op ${of.page}/draw; daar staan hoogstens voorletters en woonplaats, tenzij de winnaar zelf meer goedvindt.`
          : `Wie wint, krijgt een mail op het adres waarmee hij meedeed, en heeft ${of.claimDays} dagen om de prijs op te vragen. Dan vragen we naam en woonplaats, en waar de prijs heen kan. De uitslag staat op ${of.page}/draw; daar staan hoogstens voorletters en woonplaats, tenzij de winnaar zelf kiest voor zijn hele naam.`,
        "# De netwerken",
        `${networks} en andere netwerken hebben niets met deze actie te maken: zij steunen haar niet, beheren haar niet en zijn er niet verantwoordelijk voor. Wie meedoet, vrijwaart elk van deze netwerken en houdt het buiten iedere aanspraak. Gebruik niet meer dan één account om te delen en plaats niet steeds hetzelfde bericht; tag niemand die er niets mee te maken heeft.`,
        "# Deze voorwaarden",
        `De voorwaarden staan op ${of.page}/terms. Ze veranderen tijdens de looptijd niet ten nadele van deelnemers: er kunnen alleen prijzen bij komen of meer waard worden, en elke versie blijft daar te lezen. Bij uw deelname bewaren we de vingerafdruk van de tekst die u zag. ${of.jury ? "De wedstrijd" : "De win-actie"} sluit op het genoemde tijdstip, niet eerder en niet later. Wordt zij afgelast, dan staat de reden op de pagina en blijven de toegezegde prijzen verschuldigd.`,
        "# Vragen en klachten",
        `Stuur ze naar ${of.organiser.contact}. De organisator bekijkt elke klacht en antwoordt met de reden van zijn besluit.${of.jury ? "" : " Deze win-actie volgt de Gedragscode Promotionele Kansspelen 2014."}`,
      ),
    privacy: (of) =>
      text(
        "# Wie verantwoordelijk is",
        `${of.organiser.name}, ${of.organiser.address}, beslist wat er met uw gegevens gebeurt. Vragen kunt u sturen naar ${of.organiser.contact}.${of.privacyUrl === undefined ? "" : ` De algemene privacyverklaring staat op ${of.privacyUrl}.`}`,
        "# Wat we bewaren, en waarom",
        listed([
          "Uw e-mailadres, versleuteld: om u de bevestiging te sturen en u te bereiken als u wint. Dat is nodig om u te laten meedoen.",
          "Een onherleidbaar kenmerk van dat adres: zodat ieder mens één keer meedoet.",
          `Wanneer u meedeed, in welke taal, welke versie van de voorwaarden u zag${of.jury ? "." : ", via wiens persoonlijke link u kwam en welke extra kansen u verdiende: zo tellen uw loten."}`,
          ...(of.asksPoll
            ? [
                "Of u reageerde op een peiling die extra kansen geeft, niet wat u antwoordde: dat zoeken we op als we het u laten zien en als de loten geteld worden; bij uw deelname bewaren we er niets van.",
              ]
            : []),
          ...(of.asksIdea
            ? [
                "Of u een idee instuurde dat extra kansen geeft, aan de hand van uw e-mailadres: dat zoeken we op als we het u laten zien en als de loten geteld worden; bij uw deelname bewaren we er niets van.",
              ]
            : []),
          "Waar de link stond die u hier bracht, als die link dat zegt: om te weten wat werkt.",
          "Een versleuteld kenmerk van het netwerk waarmee u verbonden was, nooit uw hele IP-adres: om misbruik te zien. Dat is het gerechtvaardigd belang van een eerlijke actie.",
          ...(of.newsletter
            ? [
                "Alleen als u dat aankruist: dat u de nieuwsbrief wilt, met de tekst die u zag en het tijdstip. Het verandert uw kansen niet en u kunt het altijd intrekken.",
              ]
            : []),
          "Van wie wint: naam, woonplaats en waar de prijs heen kan, om hem uit te reiken.",
        ]),
        "Er zijn geen cookies voor nodig. Uw gegevens worden niet verkocht. De organisator laat de techniek verzorgen door een verwerker, die ze alleen voor hem gebruikt.",
        "# Hoe lang",
        `Wie niet bevestigt, van die bewaren we geen deelname. Van een deelname bewaren we alles tot ${of.keptUntil}, zodat u kunt nagaan dat het eerlijk ging en een klacht kunt indienen; binnen ${of.graceDays} dagen daarna is het gewist. Het kenmerk van het netwerk zegt niets meer zodra de lijst van deelnemers vastligt.`,
        "# Wat u kunt doen",
        `Op uw eigen pagina kunt u uw deelname intrekken en uw gegevens laten wissen. Wissen verandert de lijst niet waaruit getrokken wordt: daarin staat alleen een kenmerk dat daarna niets meer zegt. U kunt ook vragen wat er van u bewaard wordt, het laten verbeteren, of bezwaar maken: ${of.organiser.contact}. Komt u er niet uit, dan kunt u klagen bij de Autoriteit Persoonsgegevens.`,
      ),
  },
  en: {
    prize: (number, description, value) => `${number} × ${description}, worth ${value}${number > 1 ? " each" : ""}`,
    bonus: (label, n) => `${label}: ${tickets(n)} more`,
    changes: {
      added: (prize) => `One more prize: ${prize}.`,
      more: (description, before, after) =>
        `Of the prize “${description}” there are now ${after}; there were ${before}.`,
      worthMore: (description, before, after) => `The prize “${description}” is now worth ${after}; it was ${before}.`,
    },
    terms: (of) =>
      text(
        "# The organiser",
        `“${of.title}” is a contest by ${of.organiser.name}, ${of.organiser.address}. It promotes: ${of.promotes}.`,
        "# Entering",
        `You can enter from ${of.opens} until ${of.closes}. It is free, and takes an e-mail address that you confirm by the button in the mail. The confirmation must reach us before the close: that moment counts.`,
        "Everybody enters once. One e-mail address counts as one person; capitals make no difference. Whoever enters with several addresses, with disposable ones or by automation can be excluded before the list of entries is fixed. They are told the reason, and can object until then.",
        whoEn(of),
        of.isLarge &&
          (of.minimumAge ?? 0) < 18 &&
          "Whoever is under 18 enters only with the consent of a parent or guardian, which may be asked for when a prize is handed over.",
        !of.isLarge &&
          (of.minimumAge ?? 0) < 18 &&
          "If you are under 18, ask your parents or guardian for permission first.",
        "# The prizes",
        listed(of.prizes),
        `Together the prizes are worth ${of.total}. All promised prizes are handed out.`,
        !of.jury &&
          (of.tax
            ? `Dutch gaming tax is owed on the prizes (${of.tax.rate}). The organiser pays it.`
            : "No Dutch gaming tax is owed on these prizes."),
        ...(of.jury ? juryEn(of, of.jury) : drawEn(of)),
        "# How winners hear",
        of.jury
          ? `Whoever wins gets a mail at the address that they entered with, and has ${of.claimDays} days to claim the prize. We then ask for name and town, and where the prize can go. Whoever does not answer drops out; then the prize is for the next whom the jury chose as a reserve. The result stands with its reasons on ${of.page}/draw; it shows initials and town at most, unless the winner agrees to more.`
          : `Whoever wins gets a mail at the address that they entered with, and has ${of.claimDays} days to claim the prize. We then ask for name and town, and where the prize can go. The result stands on ${of.page}/draw; it shows initials and town at most, unless the winner chooses their whole name.`,
        "# The networks",
        `${networks} and other networks have nothing to do with this contest: they do not sponsor, endorse or administer it and are not responsible for it. By entering you release each of them completely. Share from one account only, do not post the same thing again and again, and tag nobody who has nothing to do with it.`,
        "# These terms",
        `The terms stand on ${of.page}/terms. While the contest runs they do not change to the entrants' disadvantage: prizes can only be added or become worth more, and each version stays there to be read. With your entry we keep the fingerprint of the text that you saw. The contest closes at the time stated, not earlier and not later. If it is cancelled, the reason stands on its page and the promised prizes are still owed.`,
        "# Questions and complaints",
        `Send them to ${of.organiser.contact}. The organiser looks into each complaint and answers with the reason of its decision.${of.jury ? "" : " This contest follows the Dutch code for promotional games of chance (Gedragscode Promotionele Kansspelen 2014)."}`,
      ),
    privacy: (of) =>
      text(
        "# Who is responsible",
        `${of.organiser.name}, ${of.organiser.address}, decides what happens to your data. Send questions to ${of.organiser.contact}.${of.privacyUrl === undefined ? "" : ` Its general privacy statement is at ${of.privacyUrl}.`}`,
        "# What is kept, and why",
        listed([
          "Your e-mail address, encrypted: to send you the confirmation and to reach you if you win. It is needed to let you enter.",
          "A mark made from that address that cannot be turned back: so that everybody enters once.",
          `When you entered, in which language, which version of the terms you saw${of.jury ? "." : ", by whose personal link you came and which extra chances you earned: so your tickets are counted."}`,
          ...(of.asksPoll
            ? [
                "Whether you responded to a poll that gives extra chances, not what you answered: it is looked up when it is shown to you and when tickets are counted, and nothing of it is kept with your entry.",
              ]
            : []),
          ...(of.asksIdea
            ? [
                "Whether you proposed an idea that gives extra chances, by your e-mail address: it is looked up when it is shown to you and when tickets are counted, and nothing of it is kept with your entry.",
              ]
            : []),
          "Where the link stood that brought you here, if the link says so: to know what works.",
          "An encrypted mark of the network that you were connected by, never your whole IP address: to notice abuse. That is the legitimate interest of a fair contest.",
          ...(of.newsletter
            ? [
                "Only if you tick the box: that you want the newsletter, with the text that you saw and the time. It does not change your chances, and you can take it back at any time.",
              ]
            : []),
          "Of whoever wins: name, town and where the prize can go, to hand it over.",
        ]),
        "No cookies are needed for it. Your data are not sold. The organiser has the technique run by a processor, who uses them for the organiser only.",
        "# How long",
        `Of whoever does not confirm, no entry is kept. An entry is kept until ${of.keptUntil}, so that you can check that all was fair and can complain; within ${of.graceDays} days after that it is erased. The mark of the network says nothing any more as soon as the list of entries is fixed.`,
        "# What you can do",
        `On your own page you can withdraw your entry and have your data erased. Erasing does not change the list that is drawn from: it holds only a mark that says nothing afterwards. You can also ask what is kept of you, have it corrected, or object: ${of.organiser.contact}. If that does not help, you can complain to the Dutch data protection authority (Autoriteit Persoonsgegevens) or your own.`,
      ),
  },
};

const whoNl = ({ minimumAge, countries }: Facts): string | false => {
  const who = [
    minimumAge !== undefined && `${minimumAge} jaar of ouder is`,
    countries !== undefined && `in ${countries} woont`,
  ].filter((part) => part !== false);
  return who.length > 0 && `Meedoen kan wie ${who.join(" en ")}. Van wie wint, kan dat nagegaan worden.`;
};
const whoEn = ({ minimumAge, countries }: Facts): string | false => {
  const who = [
    minimumAge !== undefined && `is ${minimumAge} or older`,
    countries !== undefined && `lives in ${countries}`,
  ].filter((part) => part !== false);
  return who.length > 0 && `Whoever ${who.join(" and ")} can enter. Of winners this may be checked.`;
};

const drawNl = ({ chances, winners, reserves, draws, page }: Facts): (string | false)[] => [
  "# Uw kansen",
  `Iedere deelnemer heeft ${lots(chances.base)}.${chances.referralUnit > 0 && chances.referralCap > 0 ? ` Elke vriend die via uw persoonlijke link zelf meedoet en dat bevestigt, geeft u ${lots(chances.referralUnit)} erbij, tot ten hoogste ${sayNumber(chances.referralCap, "nl")} extra. Delen zelf geeft geen kansen; elke tekst die u hier kunt delen, draagt #winactie.` : ""} Hoe groot uw kans is, hangt af van uw loten en van die van alle anderen samen.`,
  chances.bonuses.length > 0 && listed(chances.bonuses),
  "# De trekking",
  `Op ${draws} is er één trekking. ${winners === 1 ? "Eén winnaar wordt" : `${winners} winnaars worden`} door het lot bepaald, met openbaar toeval dat niemand vooraf kent${reserves === 0 ? "" : `, en daarna ${reserves === 1 ? "één reserve" : `${reserves} reserves`} op volgorde`}. De eerste die getrokken wordt, krijgt de eerste prijs, enzovoort. Valt een winnaar af, dan komt de volgende reserve in zijn plaats, met de reden erbij; er wordt niet opnieuw geloot. Iedereen kan de trekking narekenen op ${page}/draw.`,
];
const drawEn = ({ chances, winners, reserves, draws, page }: Facts): (string | false)[] => [
  "# Your chances",
  `Every entrant has ${tickets(chances.base)}.${chances.referralUnit > 0 && chances.referralCap > 0 ? ` Every friend who enters by your personal link and confirms it gives you ${tickets(chances.referralUnit)} more, up to ${sayNumber(chances.referralCap, "en")} extra. Sharing by itself gives no chances; every text that you can share here carries #contest.` : ""} How large your chance is depends on your tickets and on those of everybody else together.`,
  chances.bonuses.length > 0 && listed(chances.bonuses),
  "# The draw",
  `On ${draws} there is one draw. ${winners === 1 ? "One winner is" : `${winners} winners are`} chosen by lot, with public randomness that nobody knows beforehand${reserves === 0 ? "" : `, and after that ${reserves === 1 ? "one reserve" : `${reserves} reserves`} in order`}. The first that is drawn gets the first prize, and so on. Where a winner falls away, the next reserve takes the place, with the reason; nothing is drawn again. Anyone can check the draw on ${page}/draw.`,
];

type Jury = NonNullable<Open["jury"]>;
const judge = ({ name, role }: Jury["judges"][number]): string => (role === undefined ? name : `${name}, ${role}`);
const juryNl = ({ winners, draws }: Facts, { task, criteria, judges }: Jury): string[] => [
  "# De opdracht",
  task,
  "# De beoordeling",
  `Een jury kiest ${winners === 1 ? "de winnaar" : `de ${winners} winnaars`}; het lot speelt geen rol en persoonlijke links veranderen niets. Uiterlijk op ${draws} is de uitslag bekend, met bij elke winnaar de reden. De jury let op:`,
  listed(criteria),
  "In de jury zitten:",
  listed(judges.map(judge)),
];
const juryEn = ({ winners, draws }: Facts, { task, criteria, judges }: Jury): string[] => [
  "# The task",
  task,
  "# The judging",
  `A jury chooses ${winners === 1 ? "the winner" : `the ${winners} winners`}; chance has no part in it, and personal links change nothing. The result is known on ${draws} at the latest, with a reason for each winner. The jury looks at:`,
  listed(criteria),
  "The judges are:",
  listed(judges.map(judge)),
];

/** A contest as it opens, or as it is after a change. */
export type Subject = Omit<Open, "rules" | "receiptKey" | "status" | "pepper" | "linkKey" | "terms">;

const prizeLine = ({ number, description, valueCents }: Open["prizes"][number], language: Language): string =>
  written[language].prize(number, description, sayEuros(valueCents, language));

const factsOf = (contest: Subject, { url, privacyUrl }: Home, language: Language): Facts => {
  const at = (time: string) => sayTime(time, language, contest.zone);
  const tax = gamingTax(contest.prizes, contest.drawAt);
  const { minimumAge, countries } = contest.eligibility;
  return {
    title: contest.title,
    organiser: contest.organiser,
    promotes: contest.promotes,
    opens: at(contest.openedAt),
    closes: at(contest.closesAt),
    draws: at(contest.drawAt),
    prizes: contest.prizes.map((prize) => prizeLine(prize, language)),
    total: sayEuros(totalCents(contest.prizes), language),
    tax: tax.isOwed ? { rate: `${sayDecimal(tax.ratePercent, language)} %` } : undefined,
    winners: winnerCount(contest),
    reserves: contest.reserves,
    minimumAge,
    countries: countries && countryNames(countries, language),
    isLarge: isLargeGame(contest),
    jury: contest.method === "jury" ? contest.jury : undefined,
    chances: {
      ...contest.chances,
      bonuses: contest.chances.bonuses.map(({ label, tickets }) => written[language].bonus(label, tickets)),
    },
    claimDays: contest.claimDays,
    newsletter: contest.newsletter === true,
    asksPoll: contest.chances.bonuses.some(({ kind }) => kind === "poll"),
    asksIdea: contest.chances.bonuses.some(({ kind }) => kind === "idea"),
    page: `${url}/c/${contest.slug}`,
    privacyUrl,
    keptUntil: at(later(contest.drawAt, retention.entryAfterDrawMs)),
    graceDays: Math.ceil(retention.clearedWithinMs / days(1)),
  };
};

const sayDecimal = (n: number, language: Language): string =>
  language === "nl" ? String(n).replace(".", ",") : String(n);

/** Both texts in both languages. */
export const writeTexts = (contest: Subject, home: Home): Pick<TermsVersion, "nl" | "en"> => {
  const of = (language: Language) => {
    const facts = factsOf(contest, home, language);
    const who = language === "nl" ? whoNl(facts) : whoEn(facts);
    return {
      terms: written[language].terms(facts),
      privacy: written[language].privacy(facts),
      ...(who === false ? {} : { who }),
    };
  };
  return { nl: of("nl"), en: of("en") };
};

/** In what prizes have become more: each prize of before is still there, in its place, with no less of it and worth no less. */
export const improvementsOf = (before: Open["prizes"], after: Open["prizes"]): TermsVersion["changes"] =>
  after.flatMap((prize, i) => {
    const was = before[i];
    const both = (say: (language: Language) => string) => ({ nl: say("nl"), en: say("en") });
    if (!was) return [both((language) => written[language].changes.added(prizeLine(prize, language)))];
    const { description, number, valueCents } = prize;
    return [
      ...(number > was.number
        ? [both((language) => written[language].changes.more(description, was.number, number))]
        : []),
      ...(valueCents > was.valueCents
        ? [
            both((language) =>
              written[language].changes.worthMore(
                description,
                sayEuros(was.valueCents, language),
                sayEuros(valueCents, language),
              ),
            ),
          ]
        : []),
    ];
  });
