import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import { AttributeType, Billing, ProjectionType, StreamViewType, TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { EventBus } from "aws-cdk-lib/aws-events";
import { Key } from "aws-cdk-lib/aws-kms";
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from "aws-cdk-lib/aws-s3";
import { EmailIdentity, Identity } from "aws-cdk-lib/aws-ses";
import type { Construct } from "constructs";
import { table } from "./table.ts";

export type DataStackProps = StackProps & {
  /** Protected against deletion, by CloudFormation and by DynamoDB. */
  production: boolean;
  /** The domain that mail is sent from; without one no mail leaves. */
  domain: string | undefined;
};

/** What must outlive a deployment: nothing in here is deleted with the stack. */
export class DataStack extends Stack {
  readonly table: TableV2;
  readonly bucket: Bucket;
  readonly key: Key;
  readonly bus: EventBus;
  readonly mailIdentity: EmailIdentity | undefined;

  constructor(scope: Construct, id: string, { production, domain, ...props }: DataStackProps) {
    super(scope, id, { ...props, terminationProtection: production });
    const removalPolicy = RemovalPolicy.RETAIN;

    this.table = new TableV2(this, "Table", {
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
    const archive = this.bus.archive("Archive", {
      description: "For replay.",
      eventPattern: { source: ["samenspraak"] },
      retention: Duration.days(365),
    });
    archive.applyRemovalPolicy(removalPolicy);

    if (domain) {
      this.mailIdentity = new EmailIdentity(this, "MailIdentity", { identity: Identity.domain(domain) });
      this.mailIdentity.applyRemovalPolicy(removalPolicy);
      this.mailIdentity.dkimRecords.forEach(({ name, value }, i) => {
        new CfnOutput(this, `DkimRecord${i + 1}`, { value: `${name} CNAME ${value}` });
      });
    }

    new CfnOutput(this, "BusArn", { value: this.bus.eventBusArn });
    new CfnOutput(this, "TableName", { value: this.table.tableName });
  }
}

/** Where Lambda leaves the stream records that it gave up on; the prefix is Lambda's own. */
export const givenUpPrefix = "aws/lambda/";
