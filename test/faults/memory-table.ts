import { isDeepStrictEqual } from "node:util";
import type {
  AttributeValue,
  GetItemInput,
  PutItemInput,
  QueryInput,
  TransactWriteItem,
  TransactWriteItemsInput,
  UpdateItemInput,
} from "@aws-sdk/client-dynamodb";
import { AwsRefusal } from "../../functions/platform/aws.ts";
import { table as shape } from "../../infra/table.ts";

// The one table in memory, for the simulator: it answers the operations of platform/aws.ts with what platform/table.ts asks, and
// refuses aloud what it does not know. table.test.ts holds it and DynamoDB Local against the same promises.

type Image = Record<string, AttributeValue>;
type Condition = Pick<PutItemInput, "ConditionExpression" | "ExpressionAttributeNames" | "ExpressionAttributeValues">;

const scalar = (value: AttributeValue | undefined): string | number | undefined => {
  if (value?.S !== undefined) return value.S;
  if (value?.N !== undefined) return Number(value.N);
  // As bytes compare: one after the other.
  return value?.B === undefined ? undefined : Buffer.from(value.B).toString("hex");
};

const unknown = (what: string): never => {
  throw new Error(`The table in memory does not know: ${what}`);
};

const clause = /^(?:attribute_not_exists\((?<absent>#?\w+)\)|(?<name>#?\w+) (?<is>=|<=|<) (?<value>:\w+))$/;

const holds = (item: Image | undefined, asked: Condition): boolean => {
  if (asked.ConditionExpression === undefined) return true;
  return asked.ConditionExpression.split(" OR ").some((text) => {
    const parts = clause.exec(text)?.groups ?? unknown(text);
    const attribute = (name: string): AttributeValue | undefined =>
      item?.[name.startsWith("#") ? (asked.ExpressionAttributeNames?.[name] ?? unknown(name)) : name];
    if (parts.absent) return attribute(parts.absent) === undefined;
    const [has, given] = [
      scalar(attribute(parts.name ?? "")),
      scalar(asked.ExpressionAttributeValues?.[parts.value ?? ""]),
    ];
    if (has === undefined || given === undefined) return false;
    if (parts.is === "=") return has === given;
    return parts.is === "<" ? has < given : has <= given;
  });
};

const keyCondition =
  /^(?<partition>#?\w+) = (?<partitionIs>:\w+)(?: AND (?:(?<sort>\w+) BETWEEN (?<low>:\w+) AND (?<high>:\w+)|(?<sort2>\w+) >= (?<atLeast>:\w+)|(?<sort3>\w+) <= (?<atMost>:\w+)|begins_with\((?<sort4>\w+), (?<begins>:\w+)\)))?$/;
const setIfNew = /^(?<name>#?\w+) = if_not_exists\(#?\w+, (?<value>:\w+)\)$/;
const setTo = /^(?<name>#?\w+) = (?<value>:\w+)$/;

export type MemoryTable = ReturnType<typeof memoryTable>;

/** `written`: hears of every item as it stood before, and stands now. */
export const memoryTable = (
  written: (before: Image | undefined, after: Image | undefined) => void = () => undefined,
) => {
  const partitions = new Map<string, Map<string, Image>>();
  const done = new Map<string, true>();
  const text = (value: AttributeValue | undefined): string => value?.S ?? unknown("a key that is no text");
  const read = (key: Image | undefined): Image | undefined => partitions.get(text(key?.pk))?.get(text(key?.sk));
  const write = (key: Image, item: Image | undefined): void => {
    const [pk, sk] = [text(key.pk), text(key.sk)];
    const before = partitions.get(pk)?.get(sk);
    if (item) partitions.set(pk, (partitions.get(pk) ?? new Map()).set(sk, item));
    else partitions.get(pk)?.delete(sk);
    written(before, item);
  };

  const put = (asked: PutItemInput): object => {
    const item = asked.Item ?? unknown("a put of nothing");
    const before = read(item);
    if (!holds(before, asked))
      throw new AwsRefusal(
        "ConditionalCheckFailedException",
        "The conditional request failed",
        400,
        asked.ReturnValuesOnConditionCheckFailure === "ALL_OLD" && before ? { Item: before } : {},
      );
    write(item, item);
    return {};
  };

  /** What one step of a transaction is about, and what it asks for. */
  const stepOf = ({
    Put,
    Delete,
    ConditionCheck,
  }: TransactWriteItem): { key: Image; asked: Condition; item?: Image | null } => {
    if (Put) return { key: Put.Item ?? {}, asked: Put, item: Put.Item ?? {} };
    if (Delete) return { key: Delete.Key ?? {}, asked: Delete, item: null };
    return ConditionCheck ? { key: ConditionCheck.Key ?? {}, asked: ConditionCheck } : unknown("a step");
  };
  const transact = ({ TransactItems = [], ClientRequestToken }: TransactWriteItemsInput): object => {
    if (ClientRequestToken && done.has(ClientRequestToken)) return {};
    const steps = TransactItems.map(stepOf);
    const CancellationReasons = steps.map(({ key, asked }) =>
      holds(read(key), asked) ? { Code: "None" } : { Code: "ConditionalCheckFailed" },
    );
    if (CancellationReasons.some(({ Code }) => Code !== "None"))
      throw new AwsRefusal("TransactionCanceledException", "Transaction cancelled", 400, { CancellationReasons });
    for (const { key, item } of steps) if (item !== undefined) write(key, item ?? undefined);
    if (ClientRequestToken) done.set(ClientRequestToken, true);
    return {};
  };

  const update = (asked: UpdateItemInput): object => {
    const key = asked.Key ?? unknown("an update of nothing");
    const before = read(key);
    if (!holds(before, asked))
      throw new AwsRefusal(
        "ConditionalCheckFailedException",
        "The conditional request failed",
        400,
        before ? { Item: before } : {},
      );
    const nameOf = (name: string) => (name.startsWith("#") ? (asked.ExpressionAttributeNames?.[name] ?? name) : name);
    const given = (name: string) => asked.ExpressionAttributeValues?.[name] ?? unknown(name);
    const next: Image = { ...key, ...before };
    const [, adds = "", sets = ""] = /^ADD (.*?) SET (.*)$/.exec(asked.UpdateExpression ?? "") ?? unknown("an update");
    for (const part of adds.split(", ")) {
      const [name = "", value = ""] = part.split(" ");
      next[nameOf(name)] = { N: String(Number(next[nameOf(name)]?.N ?? 0) + Number(given(value).N)) };
    }
    for (const part of sets.split(/, (?![^(]*\))/)) {
      const first = setIfNew.exec(part)?.groups;
      const { name = "", value = "" } = first ?? setTo.exec(part)?.groups ?? unknown(part);
      if (!first || next[nameOf(name)] === undefined) next[nameOf(name)] = given(value);
    }
    write(key, next);
    return {};
  };

  const query = (asked: QueryInput): object => {
    const expression = asked.KeyConditionExpression ?? "";
    const parts = keyCondition.exec(expression)?.groups ?? unknown(expression);
    const value = (name: string | undefined) => (name ? scalar(asked.ExpressionAttributeValues?.[name]) : undefined);
    const index = shape.indexes.find(({ name }) => name === asked.IndexName);
    if (asked.IndexName !== undefined && !index) unknown(asked.IndexName);
    const sortKey = index?.sortKey ?? "sk";
    const partition = value(parts.partitionIs);
    const all = index
      ? [...partitions.values()]
          .flatMap((items) => [...items.values()])
          .filter((item) => scalar(item[index.partitionKey]) === partition)
      : [...(partitions.get(String(partition))?.values() ?? [])];
    const [low, high, begins] = [
      value(parts.low ?? parts.atLeast),
      value(parts.high ?? parts.atMost),
      value(parts.begins),
    ];
    const place = (item: Image): string[] => [sortKey, "pk", "sk"].map((name) => String(scalar(item[name])));
    const compare = (a: Image, b: Image): number => {
      const [left, right] = [place(a), place(b)];
      const at = left.findIndex((part, i) => part !== right[i]);
      if (at < 0) return 0;
      return ((left[at] ?? "") < (right[at] ?? "") ? -1 : 1) * (asked.ScanIndexForward === false ? -1 : 1);
    };
    const start = asked.ExclusiveStartKey;
    const found = all
      .filter((item) => {
        const at = String(scalar(item[sortKey]));
        return (
          (low === undefined || at >= low) &&
          (high === undefined || at <= high) &&
          (begins === undefined || at.startsWith(String(begins))) &&
          (!start || compare(item, start) > 0)
        );
      })
      .sort(compare);
    const taken = found.slice(0, asked.Limit);
    const last = taken.length === asked.Limit ? taken.at(-1) : undefined;
    const held = index && new Set(["pk", "sk", index.partitionKey, index.sortKey, ...index.include]);
    const only = asked.ProjectionExpression?.split(", ");
    const among = /^(?<name>#\w+) IN \((?<values>[^)]*)\)$/.exec(asked.FilterExpression ?? "")?.groups;
    if (asked.FilterExpression !== undefined && !among) unknown(asked.FilterExpression);
    const kept = taken.filter((item) => {
      if (!among) return true;
      const name = asked.ExpressionAttributeNames?.[among.name ?? ""] ?? "";
      return (among.values ?? "")
        .split(", ")
        .some((one) => isDeepStrictEqual(item[name], asked.ExpressionAttributeValues?.[one]));
    });
    const keys = ["pk", "sk", ...(index ? [index.partitionKey, index.sortKey] : [])];
    const project = (item: Image, names: Iterable<string>): Image =>
      Object.fromEntries([...names].flatMap((name) => (item[name] ? [[name, item[name]]] : [])));
    return {
      Items: kept.map((item) => (only ? project(item, only) : held ? project(item, held) : item)),
      ...(last ? { LastEvaluatedKey: project(last, keys) } : {}),
    };
  };

  return {
    /** What stands there, without asking. */
    read,
    /** Answers one operation; throws what the table refuses. */
    ask: (target: string, input: object): object => {
      switch (target) {
        case "DynamoDB_20120810.GetItem": {
          const Item = read((input as GetItemInput).Key);
          return Item ? { Item } : {};
        }
        case "DynamoDB_20120810.PutItem":
          return put(input as PutItemInput);
        case "DynamoDB_20120810.TransactWriteItems":
          return transact(input as TransactWriteItemsInput);
        case "DynamoDB_20120810.UpdateItem":
          return update(input as UpdateItemInput);
        case "DynamoDB_20120810.Query":
          return query(input as QueryInput);
        default:
          return unknown(target);
      }
    },
  };
};
