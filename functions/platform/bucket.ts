import { S3Client } from "@aws-sdk/client-s3";

// The one bucket: what is too large for an item of the table (400 KB), and what people upload. Its client is a quarter of
// a start, so whoever needs an object on some calls only asks for put-object.ts and get-object.ts by `import()`.

let shared: S3Client | undefined;
export const s3 = (): S3Client => {
  shared ??= new S3Client();
  return shared;
};
