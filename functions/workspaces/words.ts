import { type Language, sayTime, type Words } from "../platform/words.ts";
import type { Role } from "./role.ts";

/** Moments on pages that belong to no one workspace. */
const time = (at: string, language: Language): string => sayTime(at, language, "Europe/Amsterdam");

/** What people who run a workspace read: on their pages and in their mails. */
type MemberWords = {
  roles: Record<Role, string>;
  signIn: { title: string; text: string; address: string; button: string; wrongAddress: string };
  sent: { title: string; text: string; again: string; back: string };
  confirm: { title: string; text: string; button: string; until: string };
  join: {
    title: (workspace: string) => string;
    text: (role: string) => string;
    button: string;
    until: (at: string) => string;
  };
  failed: Record<
    "link_used" | "link_ended" | "form" | "not_a_member" | "too_many_workspaces",
    { title: string; text: string }
  >;
  toSignIn: string;
  me: {
    title: string;
    workspaces: string;
    workspace: string;
    role: string;
    none: string;
    contests: string;
    sessions: string;
    started: string;
    used: string;
    here: string;
    end: string;
    signOut: string;
    everywhere: string;
    lasts: (at: string) => string;
    limited: string;
  };
  issuer: {
    title: (workspace: string) => string;
    text: (issuer: string) => string;
    button: string;
    none: { title: string; text: string };
    stranger: { title: string; text: (workspace: string) => string };
    refused: { title: string; text: string };
  };
  signInMail: { subject: string; text: string; button: string; until: string; ignore: string };
  inviteMail: {
    subject: (workspace: string) => string;
    text: (workspace: string, role: string) => string;
    button: string;
    until: (at: string) => string;
    ignore: string;
  };
};

export const words: Words<MemberWords> = {
  nl: {
    roles: { owner: "eigenaar", editor: "redacteur", approver: "goedkeurder", viewer: "lezer" },
    signIn: {
      title: "Inloggen",
      text: "Vul uw e-mailadres in. U krijgt een link waarmee u inlogt; een wachtwoord is er niet.",
      address: "Uw e-mailadres",
      button: "Stuur mij een link",
      wrongAddress: "Dit is geen e-mailadres. Kijk het na en probeer het nog eens.",
    },
    sent: {
      title: "Kijk in uw mail",
      text: "Als dit adres bij ons bekend is, komt er nu een mail met een link. Die link werkt een kwartier.",
      again: "Niets gekregen? Kijk bij ongewenste mail. Na tien minuten kunt u een nieuwe link vragen.",
      back: "Terug",
    },
    confirm: {
      title: "Inloggen",
      text: "Nog één druk op de knop en u bent ingelogd op dit apparaat.",
      button: "Log mij in",
      until: "U blijft hoogstens twaalf uur ingelogd, en niet langer dan twee uur nadat u iets deed.",
    },
    join: {
      title: (workspace) => `Uitnodiging van ${workspace}`,
      text: (role) => `U bent gevraagd om mee te werken, als ${role}.`,
      button: "Ja, ik doe mee",
      until: (at) => `Deze uitnodiging geldt tot ${time(at, "nl")}.`,
    },
    failed: {
      link_used: {
        title: "Deze link is al gebruikt",
        text: "Een link werkt één keer. Vraag een nieuwe als u wilt inloggen.",
      },
      link_ended: {
        title: "Deze link werkt niet meer",
        text: "De tijd ervan is voorbij, de uitnodiging is ingetrokken, of de link is niet volledig overgenomen.",
      },
      form: {
        title: "Nog een keer, graag",
        text: "De pagina stond te lang open, of uw browser bewaarde haar cookie niet. Open de link opnieuw.",
      },
      not_a_member: {
        title: "U doet niet meer mee",
        text: "Een eigenaar heeft u verwijderd. Vraag om een uitnodiging.",
      },
      too_many_workspaces: {
        title: "Dit zijn er te veel",
        text: "Met één adres kunt u in hoogstens 90 werkruimtes meewerken. Gebruik een ander adres.",
      },
    },
    toSignIn: "Naar inloggen",
    me: {
      title: "U bent ingelogd",
      workspaces: "Uw werkruimtes",
      workspace: "Werkruimte",
      role: "Rol",
      none: "U werkt in geen werkruimte mee.",
      contests: "Uw win-acties in cijfers",
      sessions: "Waar u bent ingelogd",
      started: "Ingelogd",
      used: "Laatst gebruikt",
      here: "Hier",
      end: "Beëindig",
      signOut: "Log hier uit",
      everywhere: "Log overal uit",
      lasts: (at) => `U blijft hier ingelogd tot hoogstens ${time(at, "nl")}.`,
      limited: "U bent ingelogd via uw eigen organisatie; dat geldt alleen voor deze werkruimte.",
    },
    issuer: {
      title: (workspace) => `Inloggen bij ${workspace}`,
      text: (issuer) => `U logt in met het account van uw organisatie, bij ${issuer}.`,
      button: "Ga verder",
      none: {
        title: "Dat kan hier niet",
        text: "Bij deze werkruimte logt u in met een link per mail.",
      },
      stranger: {
        title: "U bent hier geen lid",
        text: (workspace) =>
          `Uw organisatie kent u, maar u doet (nog) niet mee bij ${workspace}. Vraag een eigenaar om een uitnodiging en neem die aan.`,
      },
      refused: {
        title: "Inloggen is niet gelukt",
        text: "Uw organisatie gaf geen antwoord waarmee we zeker weten wie u bent. Begin opnieuw; blijft het zo, vraag dan uw beheerder.",
      },
    },
    signInMail: {
      subject: "Uw link om in te loggen",
      text: "U vroeg om in te loggen. Met deze knop gaat dat.",
      button: "Inloggen",
      until: "De link werkt een kwartier en één keer.",
      ignore: "Vroeg u hier niet om? Dan hoeft u niets te doen; zonder deze mail komt niemand binnen.",
    },
    inviteMail: {
      subject: (workspace) => `Uitnodiging om mee te werken bij ${workspace}`,
      text: (workspace, role) => `${workspace} vraagt u om mee te werken, als ${role}.`,
      button: "Bekijk de uitnodiging",
      until: (at) => `De uitnodiging geldt tot ${time(at, "nl")}.`,
      ignore: "Kent u de afzender niet? Dan hoeft u niets te doen.",
    },
  },
  en: {
    roles: { owner: "owner", editor: "editor", approver: "approver", viewer: "viewer" },
    signIn: {
      title: "Sign in",
      text: "Fill in your e-mail address. You get a link that signs you in; there is no password.",
      address: "Your e-mail address",
      button: "Send me a link",
      wrongAddress: "This is not an e-mail address. Check it and try again.",
    },
    sent: {
      title: "Check your mail",
      text: "If we know this address, a mail with a link is on its way. The link works for a quarter of an hour.",
      again: "Nothing there? Look in your spam folder. After ten minutes you can ask for another link.",
      back: "Back",
    },
    confirm: {
      title: "Sign in",
      text: "One more press of the button, and you are signed in on this device.",
      button: "Sign me in",
      until: "You stay signed in for twelve hours at most, and no longer than two hours after you last did something.",
    },
    join: {
      title: (workspace) => `An invitation from ${workspace}`,
      text: (role) => `You were asked to work with them, as ${role}.`,
      button: "Yes, I join",
      until: (at) => `This invitation holds until ${time(at, "en")}.`,
    },
    failed: {
      link_used: { title: "This link was used already", text: "A link works once. Ask for another one to sign in." },
      link_ended: {
        title: "This link no longer works",
        text: "Its time is over, the invitation was taken back, or the link was not copied completely.",
      },
      form: {
        title: "Once more, please",
        text: "The page was open for too long, or your browser did not keep its cookie. Open the link again.",
      },
      not_a_member: { title: "You are no longer a member", text: "An owner removed you. Ask for an invitation." },
      too_many_workspaces: {
        title: "These are too many",
        text: "One address can be in at most 90 workspaces. Use another address.",
      },
    },
    toSignIn: "To sign in",
    me: {
      title: "You are signed in",
      workspaces: "Your workspaces",
      workspace: "Workspace",
      role: "Role",
      none: "You are in no workspace.",
      contests: "Your contests in numbers",
      sessions: "Where you are signed in",
      started: "Signed in",
      used: "Last used",
      here: "Here",
      end: "End",
      signOut: "Sign out here",
      everywhere: "Sign out everywhere",
      lasts: (at) => `You stay signed in here until ${time(at, "en")} at most.`,
      limited: "You signed in with your own organisation; that holds for this workspace only.",
    },
    issuer: {
      title: (workspace) => `Sign in at ${workspace}`,
      text: (issuer) => `You sign in with the account of your organisation, at ${issuer}.`,
      button: "Go on",
      none: { title: "Not possible here", text: "At this workspace you sign in with a mailed link." },
      stranger: {
        title: "You are no member here",
        text: (workspace) =>
          `Your organisation knows you, but you are not a member of ${workspace} (yet). Ask an owner for an invitation and accept it.`,
      },
      refused: {
        title: "Signing in did not work",
        text: "Your organisation gave no answer that tells us for certain who you are. Start again; if it stays, ask your administrator.",
      },
    },
    signInMail: {
      subject: "Your link to sign in",
      text: "You asked to sign in. This button does it.",
      button: "Sign in",
      until: "The link works for a quarter of an hour, and once.",
      ignore: "Did you not ask for it? Then you need do nothing; without this mail nobody gets in.",
    },
    inviteMail: {
      subject: (workspace) => `An invitation to work with ${workspace}`,
      text: (workspace, role) => `${workspace} asks you to work with them, as ${role}.`,
      button: "See the invitation",
      until: (at) => `The invitation holds until ${time(at, "en")}.`,
      ignore: "Do you not know the sender? Then you need do nothing.",
    },
  },
};
