import type { Words } from "../platform/words.ts";

/** Words that say nothing by themselves: articles, pronouns, prepositions, conjunctions, auxiliaries, and yes and no. */
export const stopWords: Words<readonly string[]> = {
  nl: `aan al alle alleen alles als altijd ander andere anders ben bent bij bijna bijv bv daar daarmee daarna daarom dan dat
    de deze die dit doch doe doen doet door dus echt een één eens eerst eigenlijk elk elke en er erg even ge geen gewoon had
    hadden heb hebben hebt heeft heel het hem hen hier hij hoe hun iemand iets ik in is ja je jij jou jouw jullie kan kunnen
    kunt laten maar me meer meest men met mij mijn misschien mocht moet moeten mogen mag na naar nee niet niets nog nooit nou
    nu of om omdat onder ons onze ook op over per precies prima s samen soms te tegen ten ter terug toch toe toen tot u uit uw
    van vanaf vaak veel vind vinden voor vooral waar waarom want waren was wat we weer weinig wel welke werd werden wie wij wil
    willen wordt worden ze zeer zelf zich zij zijn zo zo'n zoals zonder zou zouden zal zullen t 't`.split(/\s+/),
  en: `a about above after again against all also always am an and any are aren't as at be because been before being below
    between both but by can can't cannot could couldn't did didn't do does doesn't doing don't down during each even ever
    every few for from further get got had hadn't has hasn't have haven't having he her here hers herself him himself his how
    i i'd i'll i'm i've if in into is isn't it it's its itself just let's like me more most much my myself no nor not now of
    off on once only or other our ours ourselves out over own really same she should shouldn't so some such than that that's
    the their theirs them themselves then there there's these they they're this those through to too under until up very was
    wasn't we we're we've were weren't what when where which while who whom why will with won't would wouldn't yes you you'd
    you'll you're you've your yours yourself yourselves`.split(/\s+/),
};
