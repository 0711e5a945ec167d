/** Every refusal: its stable code, the HTTP status, and a title for the problem document (RFC 9457). One table for the whole system. */
export const problems = {
  invalid_input: [400, "The input is not valid"],
  invalid_json: [400, "The body is not JSON"],
  invalid_cursor: [400, "The cursor belongs to another list"],
  invalid_idempotency_key: [400, "The Idempotency-Key is not valid"],
  form_altered: [400, "The form was altered"],
  workspace_needed: [400, "Say which workspace"],
  key_missing: [401, "An API key is needed"],
  key_invalid: [401, "The API key is not known"],
  key_revoked: [401, "The API key was revoked"],
  key_expired: [401, "The API key has expired"],
  signature_wrong: [401, "The signature does not hold"],
  session_unknown: [401, "The session is not known"],
  session_expired: [401, "The session has expired"],
  session_ended: [401, "The session was ended"],
  scope_missing: [403, "This may not be done with this key or role"],
  not_a_member: [403, "Not a member of the workspace"],
  cross_site: [403, "The request came from another site"],
  sign_in_refused: [403, "The issuer did not say who this is"],
  not_found: [404, "Not found"],
  changed_meanwhile: [409, "It was changed at the same moment"],
  request_in_progress: [409, "The same request is still running"],
  slug_taken: [409, "The slug is taken"],
  host_taken: [409, "The host is taken"],
  host_not_ready: [409, "The host does not lead here yet"],
  host_not_set: [409, "The workspace has no host of its own"],
  media_not_uploaded: [409, "The file has not been uploaded"],
  media_refused: [409, "The file was refused"],
  media_in_use: [409, "The file is in use"],
  workspace_leaving: [409, "The workspace is to be deleted"],
  contests_running: [409, "People wait for prizes"],
  removal_begun: [409, "The workspace is being removed"],
  export_running: [409, "An export is still being written"],
  keys_exhausted: [409, "No more keys can be made"],
  last_key: [409, "The last key cannot be revoked"],
  key_ended: [409, "The key has ended"],
  last_owner: [409, "The last owner stays"],
  already_member: [409, "This person is a member already"],
  too_many_workspaces: [409, "This person is in too many workspaces"],
  channel_disconnected: [409, "The channel is disconnected"],
  channel_in_use: [409, "The channel is in use"],
  publishing_paused: [409, "Publishing is paused"],
  not_retractable: [409, "The post cannot be taken back"],
  post_not_changeable: [409, "The post can no longer be changed"],
  nothing_waits: [409, "Nothing waits for approval"],
  import_running: [409, "The import is still running"],
  no_free_slot: [409, "No slot is free"],
  duplicate_post: [409, "The same text stands on this channel already"],
  contest_not_draft: [409, "Only a draft can be changed in this way"],
  contest_not_judging: [409, "The contest is not being judged"],
  contest_promised: [409, "It was promised to whoever entered"],
  terms_full: [409, "The terms have changed too often"],
  contest_not_open: [409, "The contest is not open"],
  contest_not_ready: [409, "The contest cannot open yet"],
  contest_not_drawn: [409, "The winners are not drawn yet"],
  prize_claimed: [409, "The prize has been claimed"],
  not_a_winner: [409, "This position has no prize"],
  contest_final: [409, "The result is final"],
  contest_not_sealed: [409, "It is not fixed yet who takes part"],
  contest_sealed: [409, "Who takes part is fixed"],
  entry_excluded: [409, "The entry takes no part already"],
  entry_withdrawn: [409, "The entrant has withdrawn"],
  exclusion_decided: [409, "The exclusion has been decided about"],
  exclusion_not_disputed: [409, "Nobody has objected"],
  contest_not_cancellable: [409, "The contest can no longer be cancelled"],
  poll_not_ready: [409, "The poll cannot open yet"],
  poll_not_draft: [409, "Only a draft can be changed in this way"],
  poll_not_open: [409, "The poll is not open"],
  poll_not_closed: [409, "The poll is not counted yet"],
  results_hidden: [403, "The results are not public"],
  group_too_small: [409, "The group is too small"],
  poll_not_cancellable: [409, "The poll cannot be removed"],
  board_not_ready: [409, "The board cannot open yet"],
  board_not_draft: [409, "Only a draft can be changed in this way"],
  board_not_open: [409, "The board is not open"],
  board_open: [409, "The board is open"],
  board_full: [409, "The board is full"],
  too_few_ideas: [409, "There are too few ideas"],
  idea_not_open: [409, "The idea takes nothing more"],
  idea_not_published: [409, "The idea is not published"],
  idea_merged: [409, "The idea is merged with another"],
  idea_not_merged: [409, "The idea is not merged"],
  unknown_idea: [422, "The idea does not exist"],
  media_deleted: [410, "The file was deleted"],
  too_many_webhooks: [409, "There are too many webhooks"],
  webhook_disabled: [409, "The webhook is disabled"],
  delivery_not_failed: [409, "The delivery has not failed"],
  claim_ended: [410, "This prize can no longer be claimed"],
  link_ended: [410, "This link has ended"],
  link_used: [410, "This link was used"],
  form_expired: [410, "The form has expired"],
  stale: [412, "It was changed since you read it"],
  too_large: [413, "The body is too large"],
  unsupported_media_type: [415, "The content type is not supported"],
  idempotency_key_reused: [422, "The Idempotency-Key was used for another request"],
  due_in_past: [422, "The time is past"],
  unknown_zone: [422, "The time zone does not exist"],
  accent_unreadable: [422, "Text cannot be read on the colour"],
  unknown_entry: [422, "The entry does not exist"],
  unknown_media: [422, "The file does not exist"],
  unknown_poll: [422, "The poll does not exist"],
  unknown_board: [422, "The board does not exist"],
  host_unusable: [422, "The host cannot be used"],
  unknown_channel: [422, "The channel does not exist"],
  network_credentials_wrong: [422, "The network does not accept the credentials"],
  network_access_expired: [422, "The access to the network has expired"],
  network_access_revoked: [422, "The access to the network was taken back"],
  network_forbidden: [422, "The network does not allow it"],
  network_account_missing: [422, "The network knows no such account"],
  network_is_another: [422, "The network is not at this address"],
  network_redirects: [422, "The network sends us elsewhere"],
  network_address_refused: [422, "The address of the network is not used"],
  network_refused: [422, "The network refuses it"],
  issuer_unusable: [422, "The issuer cannot be used"],
  code_unknown: [422, "The code is not right"],
  unsendable: [422, "The post cannot be sent like this"],
  rules_broken: [422, "The contest breaks a rule"],
  too_many_codes: [429, "Too many codes were tried"],
  too_many_requests: [429, "Too many requests"],
  internal: [500, "Something went wrong on our side"],
  network_unreachable: [503, "The network cannot be reached"],
  network_silent: [503, "The network gave no answer in time"],
  network_broken: [503, "Something is wrong at the network"],
  network_busy: [503, "The network takes no more for the moment"],
  beacon_unavailable: [503, "The randomness beacon cannot be reached"],
} as const satisfies Record<string, readonly [number, string]>;

export type Code = keyof typeof problems;

/** Why a key or a session is refused before a route is asked (workspaces/authorize.ts finds them, `http.ts` says them). */
export const accessRefusals = [
  "key_missing",
  "key_invalid",
  "key_revoked",
  "key_expired",
  "session_unknown",
  "session_expired",
  "session_ended",
  "workspace_needed",
  "not_a_member",
  "cross_site",
] as const satisfies readonly Code[];

/** What is wrong with one field: `pointer` is a JSON pointer into the body (`#/a/0`), or `query:<name>`, `path:<name>`. */
export type FieldError = { pointer: string; detail: string };

/**
 * A JSON pointer as a URI fragment (RFC 6901, section 6): what a caller named may hold any character, and half a
 * surrogate pair has no UTF-8.
 */
export const pointerTo = (...path: PropertyKey[]): string =>
  `#${path.map((part) => `/${fragment(String(part).replaceAll("~", "~0").replaceAll("/", "~1"))}`).join("")}`;

const fragment = (text: string): string => encodeURI(text.toWellFormed()).replaceAll("#", "%23");

/** A refusal that the caller can act on. Anything else that is thrown is a mistake of ours. */
export class Refusal extends Error {
  readonly code: Code;
  readonly status: number;
  readonly title: string;
  readonly errors: readonly FieldError[];
  readonly retryAfterSeconds: number | undefined;
  constructor(code: Code, detail: string, errors: readonly FieldError[] = [], retryAfterSeconds?: number) {
    super(detail);
    this.code = code;
    [this.status, this.title] = problems[code];
    this.errors = errors;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Refuses: `detail` says in words what is wrong and what to do next. */
export const refuse = (
  code: Code,
  detail: string,
  errors?: readonly FieldError[],
  retryAfterSeconds?: number,
): never => {
  throw new Refusal(code, detail, errors, retryAfterSeconds);
};

/** Another workspace's thing is simply not found, and so is what never was. */
export const found = <T>(thing: T | undefined, what: string): T =>
  thing ?? refuse("not_found", `There is no such ${what}.`);
