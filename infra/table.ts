/** The one table, as data: the data stack and the local runner both make it from this. */
export const table = {
  partitionKey: "pk",
  sortKey: "sk",
  timeToLive: "expiresAt",
  stream: "NEW_AND_OLD_IMAGES",
  indexes: [
    /** What time will wake: 16 partitions ("0" to "f"), sorted by time. */
    { name: "due", partitionKey: "due", sortKey: "dueAt", include: ["dueKind"] },
    /** Alternate look-ups; never used for uniqueness. */
    { name: "lookup", partitionKey: "lookup", sortKey: "lookupAt", include: [] },
  ],
} as const;
