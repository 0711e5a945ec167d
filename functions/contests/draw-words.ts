import { sayNumber, type Words } from "../platform/words.ts";

/** What the page of a draw says besides words.ts: who dropped out, what was counted in public, and checking it yourself. */
type DrawWords = {
  waiting: string;
  vacant: string;
  name: string;
  struck: string;
  reason: string;
  posted: (channels: string[]) => string;
  noChannels: string;
  keepIt: string;
  /** The third thing that it does not prove. */
  provesNotToo: string;
  voided: (round: number, time: string) => string;
  roundMissing: (from: string, to: string) => string;
  counts: {
    title: string;
    all: string;
    why: string;
    when: string;
    entries: string;
    compared: (last: number, time: string, sealed: number) => string;
    excluded: (n: number) => string;
    none: string;
    file: string;
  };
  check: {
    here: string;
    button: string;
    file: string;
    seen: string;
    seenHint: string;
    noScript: (command: string) => string;
    countsToo: (command: string) => string;
    working: string;
    unreadable: string;
    verdicts: Record<0 | 1 | 2, string>;
    names: Record<string, string>;
  };
  mine: {
    title: string;
    how: string;
    receipt: string;
    link: string;
    button: string;
    in: string;
    out: string;
    notSealed: string;
  };
  post: (title: string, time: string, commitHash: string, url: string) => string;
};

/** A post has little room: a long title is cut. */
const short = (title: string): string => (title.length > 60 ? `${title.slice(0, 59).trimEnd()}…` : title);

export const drawWords: Words<DrawWords> = {
  nl: {
    waiting: "nog niet aangenomen",
    vacant: "niemand meer",
    name: "Winnaar",
    struck: "Afgevallen",
    reason: "Reden",
    posted: (channels) =>
      `Deze vingerafdruk is vóór de trekking ook geplaatst op: ${channels.join(", ")}. Daar kunnen wij hem niet meer veranderen.`,
    noChannels: "Deze win-actie heeft geen kanalen: de vingerafdruk staat alleen op deze pagina.",
    keepIt: "Wilt u zeker weten dat er later niets aan verandert? Bewaar deze vingerafdruk dan vóór de trekking.",
    provesNotToo:
      "Dat de lijst dezelfde is gebleven, als niemand de vingerafdruk vóór de trekking heeft gezien. Daarom staat hij hier, en op de kanalen van de organisator.",
    voided: (round, time) =>
      `Ronde ${sayNumber(round, "nl")} van het baken was een week na haar tijd nergens te krijgen. Op ${time} is die vastlegging vervallen en dezelfde lijst opnieuw vastgelegd, met een latere ronde. Of die ronde er echt niet was, kan iedereen bij het baken nagaan.`,
    roundMissing: (from, to) => `De trekking is verschoven van ${from} naar ${to}, omdat het baken geen uitkomst gaf.`,
    counts: {
      title: "Hoeveel mensen er meededen",
      all: "Alle tellingen",
      why: "Zolang er meegedaan kan worden, zetten we elk uur op deze pagina hoeveel deelnemers er zijn, met een handtekening. Komen er op het laatst opeens veel bij, dan ziet iedereen dat.",
      when: "Geteld op",
      entries: "Deelnemers",
      compared: (last, time, sealed) =>
        `De laatste telling, op ${time}, was ${sayNumber(last, "nl")}. Vastgelegd zijn er ${sayNumber(sealed, "nl")}.`,
      excluded: (n) =>
        n === 1
          ? "Daarvan doet er 1 niet mee aan de trekking, met een reden die ook vastligt."
          : `Daarvan doen er ${sayNumber(n, "nl")} niet mee aan de trekking, met een reden die ook vastligt.`,
      none: "Er is nog niet geteld.",
      file: "Het bestand counts.json",
    },
    check: {
      here: "Uw eigen apparaat kan de hele trekking narekenen, met dezelfde rekenregels waarmee getrokken is. Er wordt niets verstuurd.",
      button: "Reken de trekking na",
      file: "Of kies een bewaard bestand draw.json (dat kan zonder internet)",
      seen: "De vingerafdruk die u eerder zag",
      seenHint: "Mag leeg blijven. Vult u hem in, dan controleren we ook dat er na die tijd niets is veranderd.",
      noScript: (command) =>
        `Zonder script rekent deze pagina niet. Bewaar dan draw.json, haal de broncode op en geef de opdracht ${command}.`,
      countsToo: (command) => `Met de tellingen erbij: ${command}.`,
      working: "Even rekenen …",
      unreadable: "Dit bestand kunnen we niet lezen. Kies het bestand dat u van deze pagina hebt bewaard.",
      verdicts: {
        0: "Het klopt. De winnaars volgen uit het openbare baken, de vastgelegde lijst en de regels, en uit niets anders.",
        1: "Het klopt niet. Vertrouw deze trekking niet.",
        2: "Het klopt, maar niet op het openbare baken. Wie dit baken heeft, kon de uitslag vooraf weten.",
      },
      names: {
        shape: "Het bestand is volledig",
        commitment: "Wat er vastligt, is leesbaar",
        "seen before": "Het is de vingerafdruk die u eerder zag",
        contest: "Het gaat om deze win-actie",
        rules: "De regels zijn niet veranderd",
        beacon: "Het baken is het afgesproken baken",
        times: "De lijst lag vast vóór het toeval bestond",
        "previous round": "De lijst is niet eerder gemaakt dan gezegd",
        round: "Het toeval komt echt van het baken",
        positions: "Er ontbreekt geen uitkomst",
        proofs: "De getrokkenen staan op de vastgelegde lijst",
        replay: "Opnieuw getrokken geeft hetzelfde",
        strikes: "Wie afviel, staat er met een reden",
        winners: "De winnaars zijn de eersten die niet afvielen",
        promises: "Sluiting, prijzen, moment en loten zijn zoals beloofd",
        counts: "De tellingen van elk uur kloppen",
        receipt: "Het bewijs is echt",
        "in time": "U deed op tijd mee",
        inclusion: "U staat op de vastgelegde lijst",
      },
    },
    mine: {
      title: "Sta ik op de lijst?",
      how: "Kies uw bewijs van deelname, dat u op uw eigen pagina kon bewaren. Of plak de link naar uw eigen pagina.",
      receipt: "Uw bewijs (het bestand eindigt op receipt.json)",
      link: "Of de link naar uw eigen pagina",
      button: "Zoek mij op",
      in: "Ja, u staat op de vastgelegde lijst.",
      out: "Nee, dit bewijs past niet bij de vastgelegde lijst. Is het bewijs echt en op tijd, dan kunt u er de organisator op aanspreken.",
      notSealed: "De lijst ligt nog niet vast. Kijk na de sluiting nog eens.",
    },
    post: (title, time, commitHash, url) =>
      `De lijst van deelnemers aan “${short(title)}” ligt vast. Trekking: ${time}. Vingerafdruk: ${commitHash} ${url}`,
  },
  en: {
    waiting: "not accepted yet",
    vacant: "nobody left",
    name: "Winner",
    struck: "Dropped out",
    reason: "Reason",
    posted: (channels) =>
      `Before the draw this fingerprint was also posted on: ${channels.join(", ")}. There we cannot change it any more.`,
    noChannels: "This contest has no channels: the fingerprint stands on this page only.",
    keepIt: "Do you want to be sure that nothing changes later? Keep this fingerprint before the draw.",
    provesNotToo:
      "That the list stayed the same, if nobody saw the fingerprint before the draw. That is why it stands here, and on the organiser's channels.",
    voided: (round, time) =>
      `A week after its time round ${sayNumber(round, "en")} of the beacon could not be had anywhere. On ${time} that commitment was voided and the same list was fixed anew, for a later round. Whether that round was really missing, anyone can ask the beacon.`,
    roundMissing: (from, to) => `The draw was moved from ${from} to ${to}, because the beacon gave no outcome.`,
    counts: {
      title: "How many people entered",
      all: "All counts",
      why: "As long as one can enter, this page says each hour how many have, with a signature. If many are added at the last moment, everyone can see it.",
      when: "Counted on",
      entries: "Entrants",
      compared: (last, time, sealed) =>
        `The last count, on ${time}, was ${sayNumber(last, "en")}. ${sayNumber(sealed, "en")} are in the fixed list.`,
      excluded: (n) =>
        n === 1
          ? "1 of them takes no part in the draw, for a reason that is fixed as well."
          : `${sayNumber(n, "en")} of them take no part in the draw, for a reason that is fixed as well.`,
      none: "Nothing has been counted yet.",
      file: "The file counts.json",
    },
    check: {
      here: "Your own device can do the whole draw again, with the same rules that drew it. Nothing is sent.",
      button: "Check the draw",
      file: "Or choose a file draw.json that you kept (it needs no internet)",
      seen: "The fingerprint that you saw before",
      seenHint: "May be left empty. If you fill it in, we also check that nothing has changed since.",
      noScript: (command) =>
        `Without script this page does not calculate. Keep draw.json, get the source code and give the command ${command}.`,
      countsToo: (command) => `With the counts as well: ${command}.`,
      working: "Calculating …",
      unreadable: "We cannot read this file. Choose the file that you kept from this page.",
      verdicts: {
        0: "It is right. The winners follow from the public beacon, the fixed list and the rules, and from nothing else.",
        1: "It is not right. Do not trust this draw.",
        2: "It is right, but not on the public beacon. Whoever has this beacon could know the outcome beforehand.",
      },
      names: {
        shape: "The file is complete",
        commitment: "What is fixed can be read",
        "seen before": "It is the fingerprint that you saw before",
        contest: "It is about this contest",
        rules: "The rules have not changed",
        beacon: "The beacon is the one that was agreed",
        times: "The list was fixed before the chance existed",
        "previous round": "The list was not made earlier than said",
        round: "The chance really comes from the beacon",
        positions: "No outcome is missing",
        proofs: "Those drawn are in the fixed list",
        replay: "Drawn again it gives the same",
        strikes: "Who dropped out stands there with a reason",
        winners: "The winners are the first who did not drop out",
        promises: "Close, prizes, moment and tickets are as promised",
        counts: "The counts of each hour are right",
        receipt: "The receipt is real",
        "in time": "You entered in time",
        inclusion: "You are in the fixed list",
      },
    },
    mine: {
      title: "Am I in the list?",
      how: "Choose your receipt, which you could keep from your own page. Or paste the link to your own page.",
      receipt: "Your receipt (the file ends in receipt.json)",
      link: "Or the link to your own page",
      button: "Look me up",
      in: "Yes, you are in the fixed list.",
      out: "No, this receipt does not fit the fixed list. If the receipt is real and in time, you can hold the organiser to it.",
      notSealed: "The list is not fixed yet. Look again after the close.",
    },
    post: (title, time, commitHash, url) =>
      `The list of entrants of “${short(title)}” is fixed. The draw: ${time}. Fingerprint: ${commitHash} ${url}`,
  },
};
