import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import {
  AttributeType,
  Billing,
  type ITableV2,
  ProjectionType,
  StreamViewType,
  TableV2,
} from "aws-cdk-lib/aws-dynamodb";
import { type Archive, EventBus } from "aws-cdk-lib/aws-events";
import { Key } from "aws-cdk-lib/aws-kms";
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from "aws-cdk-lib/aws-s3";
import type { EmailIdentity } from "aws-cdk-lib/aws-ses";
import type { Construct } from "constructs";
import type { MailRecord } from "../functions/mail/records.ts";
import { uploadKey } from "../functions/media/objects.ts";
import { letCdnRead } from "./cdn.ts";
import { givenUpPrefix } from "./given-up.ts";
import { addMailIdentity } from "./mail.ts";
import { table } from "./table.ts";

export type DataStackProps = StackProps & {
  /** Protected against deletion, by CloudFormation and by DynamoDB. */
  production: boolean;
  /** Where people find it, and where mail comes from; without one there is no CDN, and no mail leaves. */
  domain: string | undefined;
  /** The ARN of the stream of a restored table, to run on instead of the stack's own. */
  restoredStream?: string | undefined;
};

/** What must outlive a deployment: nothing in here is deleted with the stack. */
export class DataStack extends Stack {
  /** The one table: the stack's own, or a restored one. */
  readonly table: ITableV2;
  readonly bucket: Bucket;
  readonly key: Key;
  readonly bus: EventBus;
  readonly archive: Archive;
  readonly mailIdentity: EmailIdentity | undefined;
  /** What the DNS of the domain must say of its mail. */
  readonly mailRecords: readonly MailRecord[] = [];

  constructor(scope: Construct, id: string, { production, domain, restoredStream, ...props }: DataStackProps) {
    super(scope, id, { ...props, terminationProtection: production });
    const removalPolicy = RemovalPolicy.RETAIN;

    const made = new TableV2(this, "Table", {
      partitionKey: { name: table.partitionKey, type: AttributeType.STRING },
      sortKey: { name: table.sortKey, type: AttributeType.STRING },
      timeToLiveAttribute: table.timeToLive,
      dynamoStream: StreamViewType[table.stream],
      globalSecondaryIndexes: table.indexes.map((index) => ({
        indexName: index.name,
        partitionKey: { name: index.partitionKey, type: AttributeType.STRING },
        sortKey: { name: index.sortKey, type: AttributeType.STRING },
        ...(index.include.length > 0
          ? { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...index.include] }
          : { projectionType: ProjectionType.KEYS_ONLY }),
      })),
      billing: Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: production,
      removalPolicy,
    });
    this.table = restoredStream ? restored(this, restoredStream) : made;
    // Exported either way: CloudFormation takes no export away while another stack still uses it, so neither going over to a
    // restored table nor going back could be deployed.
    for (const value of [made.tableName, made.tableArn, made.tableStreamArn]) this.exportValue(value);

    this.bucket = new Bucket(this, "Bucket", {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      // No versions: what a person asks to be erased must be gone, and no object is ever overwritten with other content.
      versioned: false,
      lifecycleRules: [
        { id: "uploads-cut-short", abortIncompleteMultipartUploadAfter: Duration.days(1) },
        // Stream records that could not be handled hold personal data; an alarm asks for them long before.
        { id: "stream-records-given-up", prefix: givenUpPrefix, expiration: Duration.days(90) },
        // What was uploaded and published lies elsewhere by then; what was not is of no use.
        { id: "uploads", prefix: uploadKey(""), expiration: Duration.days(1) },
        // A day longer than they can be fetched.
        { id: "exports", prefix: "exports/", expiration: Duration.days(8) },
        // Drawn again for whoever asks later.
        { id: "cards", prefix: "cards/", expiration: Duration.days(30) },
      ],
      removalPolicy,
    });

    this.key = new Key(this, "Key", {
      description: "Wraps the data keys of workspaces.",
      enableKeyRotation: true,
      removalPolicy,
    });

    this.bus = new EventBus(this, "Bus", { description: "What happened in Samenspraak." });
    this.bus.applyRemovalPolicy(removalPolicy);
    this.archive = this.bus.archive("Archive", {
      description: "For replay.",
      eventPattern: { source: ["samenspraak"] },
      retention: Duration.days(365),
    });
    this.archive.applyRemovalPolicy(removalPolicy);

    if (domain) {
      letCdnRead(this.bucket);
      const { identity, records } = addMailIdentity(this, domain);
      this.mailIdentity = identity;
      this.mailIdentity.applyRemovalPolicy(removalPolicy);
      this.mailRecords = records;
    }

    new CfnOutput(this, "BusArn", { value: this.bus.eventBusArn });
    new CfnOutput(this, "BucketName", { value: this.bucket.bucketName });
    new CfnOutput(this, "TableName", { value: this.table.tableName });
  }
}

/** A table that exists: arn:…:table/<name>/stream/<time> names it and its stream. */
const restored = (scope: Construct, tableStreamArn: string): ITableV2 => {
  const [tableArn] = /^arn:[^:]+:dynamodb:[^:]+:\d+:table\/[^/]+(?=\/stream\/.+$)/.exec(tableStreamArn) ?? [];
  if (!tableArn)
    throw new Error(`-c table takes the ARN of the restored table's stream, and ${tableStreamArn} is none.`);
  return TableV2.fromTableAttributes(scope, "RestoredTable", { tableArn, tableStreamArn });
};
