import { defineErrors } from "@trellis/base";

export const reservesErrors = defineErrors({
  RESERVES_REBASE_PARTIAL: {
    message: "what is there can't be taken as explained: not all chains could be read",
    hint: "nothing was explained, and incidents stay open; ask again when CHAIN_UNREADABLE is closed",
    consequence: "retry",
  },
  RESERVES_SOURCE_UNREADABLE: {
    message: "a source of balances or prices can't be read",
    hint: "check the file or the address that the plan names",
    consequence: "retry",
  },
  RESERVES_KEY_MISSING: {
    message: "the database belongs to a service whose key is not in the data directory",
    hint: "put the file back from a backup, or name the key with --key-from; nothing was written",
    consequence: "fatal",
    facts: { file: "string" },
  },
  RESERVES_IDENTITY_DIFFERS: {
    message: "the database belongs to a service of another name or with another key",
    hint: "give the --custodian and the key that it began with, or another database",
    consequence: "fatal",
  },
  ANCHORING_INCOMPLETE: {
    message: "records cannot be anchored with the given settings alone",
    hint: "give the missing ones too, or none of --anchor-rpc-from, --anchor-chain, --anchor-key-from and --anchor-confirmations",
    consequence: "fatal",
    facts: { given: "string", missing: "string" },
  },
  RESERVES_JOB_FAILED: {
    message: "the service tried and did not succeed",
    hint: "its log says more; the same command goes on where it failed",
    consequence: "retry",
  },
});
