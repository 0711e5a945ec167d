import * as z from "zod";
import { drop } from "../platform/drop.ts";
import { found } from "../platform/errors.ts";
import { api, list, route } from "../platform/http.ts";
import { Id } from "../platform/ids.ts";
import { put, versionOf } from "../platform/table.ts";
import { withdrawal } from "./consent.ts";
import { erase, Purpose } from "./person.ts";
import { allConsents, consents, findPerson, listPeople, people } from "./table.ts";
import { Agreed, agreedBy, PersonView, viewPerson } from "./view.ts";

const params = z.strictObject({ personId: Id("person") });

const PersonExport = z
  .object({
    person: PersonView,
    consents: z.array(
      z.object({
        status: z.enum(["given", "withdrawn"]),
        purpose: Purpose,
        at: z.iso.datetime(),
        agreed: Agreed.optional(),
        method: z.string(),
      }),
    ),
  })
  .meta({ id: "PersonExport" });

export const routes = {
  listPeople: list({
    method: "GET",
    path: "/v1/people",
    access: "personal:read",
    summary:
      "Who agreed to something, with the text, its version and the time. With `consent=newsletter` those who do now: ask it again before each newsletter.",
    filter: { consent: Purpose.optional() },
    item: PersonView,
    run: async ({ workspaceId, query, list, now }) => {
      const { items, next } = await listPeople(workspaceId, { ...list, consent: query.consent }, now);
      const views = await Promise.all(items.map((person) => viewPerson(person, now)));
      const wanted = query.consent === undefined ? views : views.filter((view) => view.newsletter?.status === "given");
      return { items: wanted, next };
    },
  }),
  exportPerson: route({
    method: "GET",
    path: "/v1/people/{personId}/export",
    access: "personal:read",
    summary: "All that is kept here of one person: the address, and each time that they said yes or no.",
    params,
    returns: PersonExport,
    run: async ({ workspaceId, params, now }) => {
      const person = found(await findPerson(workspaceId, params.personId, now), "person");
      const said = (await allConsents(person, now)).sort((a, b) => a.at.localeCompare(b.at));
      return {
        person: await viewPerson(person, now),
        consents: await Promise.all(
          said.map(async (consent) => {
            const agreed = await agreedBy(consent, now);
            const { status, purpose, at, method } = consent;
            return { status, purpose, at, method, ...(agreed ? { agreed } : {}) };
          }),
        ),
      };
    },
  }),
  withdrawConsent: route({
    method: "POST",
    path: "/v1/people/{personId}/withdraw",
    access: "personal:write",
    summary:
      "Writes down that somebody withdrew their consent, where they said so to you. Once or often, it is the same.",
    params,
    body: z.strictObject({ purpose: Purpose }),
    returns: PersonView,
    refuses: ["stale"],
    run: async ({ workspaceId, params, body, now, expect, save }) => {
      const person = found(await findPerson(workspaceId, params.personId, now), "person");
      expect(person);
      const changes = withdrawal(person, body.purpose, "api", now);
      const [change] = changes;
      const view = await viewPerson(person, now);
      if (!change) return view;
      return save(changes, {
        ...view,
        newsletter: { status: "withdrawn" as const, at: now },
        version: versionOf(change.after),
      });
    },
  }),
  erasePerson: route({
    method: "DELETE",
    path: "/v1/people/{personId}",
    access: "personal:write",
    summary:
      "Erases a person here: the address, and all that they said. An entry in a contest is erased by its own link.",
    status: 204,
    params,
    refuses: ["stale"],
    run: async ({ workspaceId, params, now, expect, save }) => {
      const person = found(await findPerson(workspaceId, params.personId, now), "person");
      expect(person);
      const said = await allConsents(person, now);
      return save([put(people, ...erase(person, now)), ...said.map((consent) => drop(consents, consent))], undefined);
    },
  }),
};

export const handler = api(routes);
