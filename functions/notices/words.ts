import { sayTime, type Words } from "../platform/words.ts";
import type { Told, Topic } from "./notice.ts";

/** What is put into the sentences: names of things where they still exist, else what can be said without. */
export type Names = {
  post: string | undefined;
  channel: string | undefined;
  webhook: string | undefined;
  contest: string | undefined;
  board: string | undefined;
  /** A moment of what it is about, RFC 3339. */
  at: string | undefined;
  zone: string;
};

type NoticeWords = {
  /** The subject of a mail about one thing, and what it says: what happened, and what to do next. */
  news: Record<Told, { subject: string; text: (names: Names) => string; todo: string }>;
  labels: { when: string; channel: string; post: string; contest: string; webhook: string };
  digest: { subject: (n: number) => string; text: (n: number) => string; more: (n: number) => string };
  topics: Record<Topic, string>;
  why: (workspace: string) => string;
};

const quoted = (text: string | undefined): string => (text === undefined ? "" : ` “${text}”`);

export const words: Words<NoticeWords> = {
  nl: {
    news: {
      "workspace.removal_announced": {
        subject: "De werkruimte wordt verwijderd",
        text: ({ at, zone }) =>
          `Iemand heeft gevraagd de hele werkruimte te verwijderen${at === undefined ? "" : `. Op ${sayTime(at, "nl", zone)} is alles weg`}.`,
        todo: "Was dat niet de bedoeling? Draai het terug (POST /v1/workspace/restore) en kijk in /v1/activity wie het vroeg.",
      },
      "member.joined": {
        subject: "Er is een eigenaar bij",
        text: () => "Er is iemand bij gekomen die alles mag in deze werkruimte.",
        todo: "Kent u die niet? Kijk in /v1/activity wie de uitnodiging stuurde, en neem de toegang terug.",
      },
      "post.approval_asked": {
        subject: "Er wacht een bericht op goedkeuring",
        text: ({ post, at, zone }) =>
          `Het bericht${quoted(post)} wacht op goedkeuring${at === undefined ? "" : ` en moet weg op ${sayTime(at, "nl", zone)}`}.`,
        todo: "Bekijk het (GET /v1/posts?state=waiting) en keur het goed (approve), of vraag om een aanpassing (request-changes).",
      },
      "post.approval_due": {
        subject: "Een bericht is nog niet goedgekeurd",
        text: ({ post, at, zone }) =>
          `Het bericht${quoted(post)} moet ${at === undefined ? "binnenkort" : `op ${sayTime(at, "nl", zone)}`} weg, en niemand heeft het goedgekeurd. Zo gaat het niet weg.`,
        todo: "Keur het goed (approve), of vraag iemand die dat mag. Met een link (POST /v1/shares/approval) kan ook iemand zonder account het doen.",
      },
      "post.missed": {
        subject: "Een bericht is niet geplaatst: niemand keurde het goed",
        text: ({ post, at, zone }) =>
          `Het bericht${quoted(post)} moest weg op ${at === undefined ? "zijn tijd" : sayTime(at, "nl", zone)}, maar niemand had het goedgekeurd. Het is niet geplaatst.`,
        todo: "Is het nog actueel? Geef het een andere tijd; dan wordt opnieuw om goedkeuring gevraagd.",
      },
      "post.changes_asked": {
        subject: "Er is een aanpassing van een bericht gevraagd",
        text: ({ post }) => `Wie het bericht${quoted(post)} moet goedkeuren, vraagt om een aanpassing.`,
        todo: "Lees bij het bericht wat er anders moet (approval), en pas het aan. Daarna wordt opnieuw om goedkeuring gevraagd.",
      },
      "series.missed": {
        subject: "Een terugkerend bericht kon niet gemaakt worden",
        text: ({ at, zone }) =>
          `Een terugkerend bericht${at === undefined ? "" : `, voor ${sayTime(at, "nl", zone)},`} kon niet gemaakt worden: een kanaal neemt het zo niet, of er ontbreekt een bestand.`,
        todo: "Kijk bij de reeks (GET /v1/series) wat er mis is en wijzig haar; het bericht wordt dan alsnog gemaakt.",
      },
      "delivery.rejected": {
        subject: "Een bericht is geweigerd",
        text: ({ post, channel }) =>
          `Het kanaal${quoted(channel)} heeft het bericht${quoted(post)} geweigerd. Het staat er niet.`,
        todo: "Lees in het bericht wat het kanaal erover zegt, pas het aan en bied het opnieuw aan (retry).",
      },
      "delivery.expired": {
        subject: "Een bericht is niet geplaatst",
        text: ({ post, channel }) =>
          `Het bericht${quoted(post)} kon niet op tijd op het kanaal${quoted(channel)} geplaatst worden. Te laat plaatsen we niet.`,
        todo: "Staat het plaatsen stil (publishing: paused), zet het dan eerst weer aan. Is het bericht nog actueel? Laat het nu gaan (retry).",
      },
      "posts.paused": {
        subject: "Het plaatsen staat stil, en berichten komen te laat",
        text: ({ post }) =>
          `Het bericht${quoted(post)} is niet geplaatst: het plaatsen staat stil (publishing: paused) en zijn tijd is voorbij. Te laat plaatsen we niet.`,
        todo: "Alles wat hierdoor te laat komt, staat morgenochtend in één mail. Mag er weer geplaatst worden? Zet het aan: PATCH /v1/workspace met publishing: running.",
      },
      "delivery.needs_human": {
        subject: "Kijkt u even of een bericht geplaatst is?",
        text: ({ post, channel }) =>
          `Het kanaal${quoted(channel)} gaf geen duidelijk antwoord op het bericht${quoted(post)}, en we kunnen niet nagaan of het er staat. Daarom sturen we het niet nog eens.`,
        todo: "Kijk op het kanaal en meld wat u ziet (resolve): het staat er, of het staat er niet.",
      },
      "channel.failing": {
        subject: "Een kanaal werkt niet meer",
        text: ({ channel }) =>
          `Het kanaal${quoted(channel)} laat ons niet meer toe. Wat ernaartoe moet, wordt nu geweigerd.`,
        todo: "Lees bij het kanaal wat eraan te doen is (trouble), en bied daarna opnieuw aan wat geweigerd is (retry).",
      },
      "channel.disconnected": {
        subject: "Een kanaal is losgekoppeld",
        text: ({ channel }) => `Het kanaal${quoted(channel)} is losgekoppeld. Er gaan geen berichten meer naartoe.`,
        todo: "Was dat niet de bedoeling? Sluit het kanaal opnieuw aan.",
      },
      "webhook.failing": {
        subject: "Een webhook antwoordt niet",
        text: ({ webhook, at, zone }) =>
          `De webhook${quoted(webhook)} neemt al een tijd niets aan.${at === undefined ? "" : ` Blijft dat zo, dan gaat hij ${sayTime(at, "nl", zone)} uit.`}`,
        todo: "Laat nakijken of de ontvanger bereikbaar is. Wat mislukte, kunt u daarna opnieuw laten versturen.",
      },
      "webhook.disabled": {
        subject: "Een webhook staat uit",
        text: ({ webhook }) => `De webhook${quoted(webhook)} staat uit. De ontvanger hoort niets meer.`,
        todo: "Zet hem weer aan zodra de ontvanger werkt, en laat opnieuw versturen wat is blijven liggen.",
      },
      "mail.cap_reached": {
        subject: "De mail van vandaag is op",
        text: () => "Er mag vandaag geen mail meer weg. Wat nog in de rij staat, wacht tot er weer ruimte is.",
        todo: "Vraag bij uw mailvoorziening een hoger dagmaximum aan als dit vaker gebeurt.",
      },
      "contest.closing_soon": {
        subject: "Een win-actie sluit binnenkort",
        text: ({ contest, at, zone }) =>
          `De win-actie${quoted(contest)} sluit ${at === undefined ? "binnenkort" : sayTime(at, "nl", zone)}. De trekking gaat vanzelf.`,
        todo: "Een laatste oproep aan uw volgers kan nu nog.",
      },
      "ideas.waiting": {
        subject: "Er wachten ideeën op u",
        text: ({ board }) =>
          `Op het ideeënbord${quoted(board)} wachten ideeën of reacties op goedkeuring. Niemand anders ziet ze nog.`,
        todo: "Bekijk wat er wacht (GET /v1/boards/{boardId}/queue), en keur het goed of af (approve, reject). Van elk bord hoort u dit eenmaal per dag.",
      },
      "exclusion.disputed": {
        subject: "Iemand maakt bezwaar tegen een uitsluiting",
        text: ({ contest, at, zone }) =>
          `Een deelnemer die u uitsloot van de win-actie${quoted(contest)}, maakt bezwaar.${at === undefined ? "" : ` Beslissen kan tot de sluiting, ${sayTime(at, "nl", zone)}; daarna blijft de uitsluiting staan.`}`,
        todo: "Kijk er nog eens naar (GET /v1/contests/{id}/exclusions?status=disputed): laat de uitsluiting staan of maak haar ongedaan.",
      },
      "winner.unreached": {
        subject: "Een winnaar is niet bereikt",
        text: ({ contest }) => `De mail aan een winnaar van${quoted(contest) || " een win-actie"} is niet aangekomen.`,
        todo: "Kijk bij de winnaars van de win-actie wie het is, en zoek op een andere manier contact.",
      },
      "winner.reminded": {
        subject: "Een winnaar heeft nog niets laten horen",
        text: ({ contest }) =>
          `Een winnaar van${quoted(contest) || " een win-actie"} heeft de prijs nog niet aangenomen. De helft van de tijd is om; er is een herinnering verstuurd.`,
        todo: "U hoeft niets te doen: zonder antwoord gaat de prijs vanzelf naar de volgende reserve. Zelf contact zoeken kan ook (GET /v1/contests/{id}/winners).",
      },
      "winner.lapsed": {
        subject: "Een winnaar is afgevallen",
        text: ({ contest }) =>
          `Een winnaar van${quoted(contest) || " een win-actie"} heeft de prijs niet op tijd aangenomen. Dat staat met de reden bij de uitslag.`,
        todo: "Is er nog een reserve, dan heeft die nu bericht gekregen. U hoeft niets te doen.",
      },
      "contest.reserves_exhausted": {
        subject: "Er is een prijs over",
        text: ({ contest }) =>
          `Alle reserves van${quoted(contest) || " een win-actie"} zijn op, en er is nog een prijs over.`,
        todo: "Alle beloofde prijzen moeten worden uitgereikt. Bepaal wat u met deze prijs doet, en laat het de deelnemers weten.",
      },
    },
    labels: { when: "Wanneer", channel: "Kanaal", post: "Bericht", contest: "Win-actie", webhook: "Webhook" },
    digest: {
      subject: (n) => (n === 1 ? "1 melding van de afgelopen dag" : `${n} meldingen van de afgelopen dag`),
      text: (n) => (n === 1 ? "Dit gebeurde sinds de vorige keer:" : "Dit gebeurde er sinds de vorige keer:"),
      more: (n) => (n === 1 ? "En nog 1 melding." : `En nog ${n} meldingen.`),
    },
    topics: {
      access: "wie toegang heeft, en of de werkruimte blijft",
      posts: "berichten die niet weg konden of die anders moeten",
      approvals: "berichten die op goedkeuring wachten",
      unapproved: "berichten waarvan de tijd komt zonder dat ze zijn goedgekeurd",
      channels: "kanalen die niet meer werken of losgekoppeld zijn",
      webhooks: "webhooks die niet werken",
      mail: "mail die niet weg kan",
      contests: "win-acties die gaan sluiten",
      moderation: "ideeën en reacties die op goedkeuring wachten",
      objections: "deelnemers die bezwaar maken tegen een uitsluiting",
      winners: "winnaars die niets laten horen",
    },
    why: (workspace) =>
      `U krijgt deze mail omdat u meewerkt aan ${workspace}. Bij uw instellingen (/v1/notices) kiest u waarover u mail krijgt, en hoe vaak.`,
  },
  en: {
    news: {
      "workspace.removal_announced": {
        subject: "The workspace will be deleted",
        text: ({ at, zone }) =>
          `Someone asked to delete the whole workspace${at === undefined ? "" : `. On ${sayTime(at, "en", zone)} everything is gone`}.`,
        todo: "If that was not meant, undo it (POST /v1/workspace/restore), and see in /v1/activity who asked.",
      },
      "member.joined": {
        subject: "There is a new owner",
        text: () => "Someone has joined who may do everything in this workspace.",
        todo: "If you do not know them, see in /v1/activity who invited them, and take the access back.",
      },
      "post.approval_asked": {
        subject: "A post waits for approval",
        text: ({ post, at, zone }) =>
          `The post${quoted(post)} waits for approval${at === undefined ? "" : `, and is to leave on ${sayTime(at, "en", zone)}`}.`,
        todo: "Look at it (GET /v1/posts?state=waiting) and approve it, or ask for a change (request-changes).",
      },
      "post.approval_due": {
        subject: "A post is not approved yet",
        text: ({ post, at, zone }) =>
          `The post${quoted(post)} is to leave ${at === undefined ? "soon" : `on ${sayTime(at, "en", zone)}`}, and nobody has approved it. Like this it does not leave.`,
        todo: "Approve it, or ask somebody who may. With a link (POST /v1/shares/approval) somebody without an account can do it too.",
      },
      "post.missed": {
        subject: "A post was not published: nobody approved it",
        text: ({ post, at, zone }) =>
          `The post${quoted(post)} was to leave on ${at === undefined ? "its time" : sayTime(at, "en", zone)}, but nobody had approved it. It was not published.`,
        todo: "If it is still of use, give it another time; approval is then asked for again.",
      },
      "post.changes_asked": {
        subject: "A change of a post was asked for",
        text: ({ post }) => `Whoever is to approve the post${quoted(post)} asks for a change.`,
        todo: "Read at the post what is to be changed (approval), and change it. Approval is then asked for again.",
      },
      "series.missed": {
        subject: "A recurring post could not be made",
        text: ({ at, zone }) =>
          `A recurring post${at === undefined ? "" : ` for ${sayTime(at, "en", zone)}`} could not be made: a channel does not take it like this, or a file is missing.`,
        todo: "See at the series (GET /v1/series) what is wrong and change it; the post is then made after all.",
      },
      "delivery.rejected": {
        subject: "A post was refused",
        text: ({ post, channel }) => `The channel${quoted(channel)} refused the post${quoted(post)}. It is not there.`,
        todo: "Read in the post what the channel says about it, change it, and send it again (retry).",
      },
      "delivery.expired": {
        subject: "A post was not published",
        text: ({ post, channel }) =>
          `The post${quoted(post)} could not be published on the channel${quoted(channel)} in time. We do not publish late.`,
        todo: "If publishing is paused (publishing: paused), let it run first. If the post is still of use, send it now (retry).",
      },
      "posts.paused": {
        subject: "Publishing is paused, and posts come too late",
        text: ({ post }) =>
          `The post${quoted(post)} was not published: publishing is paused (publishing: paused) and its time is over. We do not publish late.`,
        todo: "All that comes too late by this is in one mail tomorrow morning. If posts may leave again, let it run: PATCH /v1/workspace with publishing: running.",
      },
      "delivery.needs_human": {
        subject: "Please check whether a post was published",
        text: ({ post, channel }) =>
          `The channel${quoted(channel)} gave no clear answer to the post${quoted(post)}, and we cannot find out whether it is there. So we do not send it again.`,
        todo: "Look at the channel and say what you see (resolve): it is there, or it is not.",
      },
      "channel.failing": {
        subject: "A channel does not work any more",
        text: ({ channel }) =>
          `The channel${quoted(channel)} does not let us in any more. What is sent there is refused.`,
        todo: "Read at the channel what mends it (trouble), and then send again what was refused (retry).",
      },
      "channel.disconnected": {
        subject: "A channel was disconnected",
        text: ({ channel }) => `The channel${quoted(channel)} was disconnected. No more posts go there.`,
        todo: "If that was not meant, connect the channel again.",
      },
      "webhook.failing": {
        subject: "A webhook does not answer",
        text: ({ webhook, at, zone }) =>
          `The webhook${quoted(webhook)} has not accepted anything for some time.${at === undefined ? "" : ` If that goes on, it is disabled on ${sayTime(at, "en", zone)}.`}`,
        todo: "Have someone check that the receiver can be reached. What failed can be sent again afterwards.",
      },
      "webhook.disabled": {
        subject: "A webhook is disabled",
        text: ({ webhook }) => `The webhook${quoted(webhook)} is disabled. Its receiver hears nothing any more.`,
        todo: "Enable it once the receiver works, and have sent again what was left behind.",
      },
      "mail.cap_reached": {
        subject: "Today's mail is used up",
        text: () => "No more mail may leave today. What is still in the queue waits until there is room again.",
        todo: "If this happens often, ask your mail provider for a higher daily maximum.",
      },
      "contest.closing_soon": {
        subject: "A contest closes soon",
        text: ({ contest, at, zone }) =>
          `The contest${quoted(contest)} closes ${at === undefined ? "soon" : `on ${sayTime(at, "en", zone)}`}. The draw follows by itself.`,
        todo: "There is still time for a last call to your followers.",
      },
      "ideas.waiting": {
        subject: "Ideas wait for you",
        text: ({ board }) =>
          `On the board of ideas${quoted(board)}, ideas or comments wait for approval. Nobody else sees them yet.`,
        todo: "Look at what waits (GET /v1/boards/{boardId}/queue), and approve or reject it. Of each board you hear this once a day.",
      },
      "exclusion.disputed": {
        subject: "Someone objects to being excluded",
        text: ({ contest, at, zone }) =>
          `An entrant whom you excluded from the contest${quoted(contest)} objects.${at === undefined ? "" : ` It can be decided until the close, ${sayTime(at, "en", zone)}; after that the exclusion stands.`}`,
        todo: "Look at it once more (GET /v1/contests/{id}/exclusions?status=disputed): uphold the exclusion, or undo it.",
      },
      "winner.unreached": {
        subject: "A winner was not reached",
        text: ({ contest }) => `The mail to a winner of${quoted(contest) || " a contest"} did not arrive.`,
        todo: "See at the contest's winners who it is, and find another way to reach them.",
      },
      "winner.reminded": {
        subject: "A winner has not answered yet",
        text: ({ contest }) =>
          `A winner of${quoted(contest) || " a contest"} has not accepted the prize yet. Half of the time is over; a reminder was sent.`,
        todo: "There is nothing you must do: without an answer the prize goes to the next reserve by itself. You may also reach the winner yourself (GET /v1/contests/{id}/winners).",
      },
      "winner.lapsed": {
        subject: "A winner has dropped out",
        text: ({ contest }) =>
          `A winner of${quoted(contest) || " a contest"} did not accept the prize in time. That stands with the result, with the reason.`,
        todo: "If there is a reserve left, they have been told now. There is nothing you must do.",
      },
      "contest.reserves_exhausted": {
        subject: "A prize is left",
        text: ({ contest }) => `All reserves of${quoted(contest) || " a contest"} are used up, and a prize is left.`,
        todo: "All promised prizes must be paid out. Decide what to do with this prize, and tell the entrants.",
      },
    },
    labels: { when: "When", channel: "Channel", post: "Post", contest: "Contest", webhook: "Webhook" },
    digest: {
      subject: (n) => (n === 1 ? "1 notice of the past day" : `${n} notices of the past day`),
      text: () => "This has happened since last time:",
      more: (n) => (n === 1 ? "And 1 more notice." : `And ${n} more notices.`),
    },
    topics: {
      access: "who has access, and whether the workspace stays",
      posts: "posts that could not leave, or are to be changed",
      approvals: "posts that wait for approval",
      unapproved: "posts whose time comes before they are approved",
      channels: "channels that do not work any more, or were disconnected",
      webhooks: "webhooks that do not work",
      mail: "mail that cannot leave",
      contests: "contests that are about to close",
      moderation: "ideas and comments that wait for approval",
      objections: "entrants who object to being excluded",
      winners: "winners who do not answer",
    },
    why: (workspace) =>
      `You get this mail because you work on ${workspace}. In your settings (/v1/notices) you choose what you are mailed about, and how often.`,
  },
};
