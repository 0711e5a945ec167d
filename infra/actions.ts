/** The IAM names of services whose SDK client has another name. */
const services: Readonly<Record<string, string>> = {
  eventbridge: "events",
  sesv2: "ses",
  "secrets-manager": "secretsmanager",
};

/** Operations that are allowed under another name than their own, by what AWS's Service Authorization Reference says. */
const allowedAs: Readonly<Record<string, readonly string[]>> = {
  "dynamodb:TransactGetItems": ["dynamodb:GetItem"],
  // By what it consists of; ours have no updates, since `save` puts whole items.
  "dynamodb:TransactWriteItems": ["dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem"],
  "kms:ReEncrypt": ["kms:ReEncryptFrom", "kms:ReEncryptTo"],
  "lambda:Invoke": ["lambda:InvokeFunction"],
  "sqs:SendMessageBatch": ["sqs:SendMessage"],
  "sqs:DeleteMessageBatch": ["sqs:DeleteMessage"],
  "s3:HeadObject": ["s3:GetObject"],
  "s3:CopyObject": ["s3:GetObject", "s3:PutObject"],
  "s3:DeleteObjects": ["s3:DeleteObject"],
  "s3:CreateMultipartUpload": ["s3:PutObject"],
  "s3:UploadPart": ["s3:PutObject"],
  "s3:CompleteMultipartUpload": ["s3:PutObject"],
  "s3:ListParts": ["s3:ListMultipartUploadParts"],
  "s3:HeadBucket": ["s3:ListBucket"],
  "s3:ListObjectsV2": ["s3:ListBucket"],
};

/** The IAM actions that an operation may take. `service`: as the SDK's client is called (`client-sesv2`), or as IAM calls it. */
export const actionsFor = (service: string, operation: string): readonly string[] => {
  const action = `${services[service] ?? service}:${operation}`;
  return allowedAs[action] ?? [action];
};
