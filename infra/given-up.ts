/** Where Lambda leaves, in the bucket, the stream records that it gave up on; the prefix is Lambda's own. */
export const givenUpPrefix = "aws/lambda/";
