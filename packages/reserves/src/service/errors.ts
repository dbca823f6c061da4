import { defineErrors } from "@trellis/base";

export const reservesErrors = defineErrors({
  RESERVES_SOURCE_UNREADABLE: {
    message: "source of balances or prices not readable",
    hint: "check the file or address in the plan; if chains were unreadable when the baseline was set, set it again once CHAIN_UNREADABLE is closed",
    consequence: "retry",
  },
  RESERVES_IDENTITY_DIFFERS: {
    message: "key or name of the service does not match the database",
    hint: "restore keys/keys.json from a backup, or pass the --custodian and --key-from that the database was created with; for customers' keys pass --master-keys-from with the file that `trellis reserves rotate` last used; nothing was written",
    consequence: "fatal",
  },
  RESERVES_JOB_FAILED: {
    message: "job failed",
    hint: "see the job's log, and run the same command again: the job resumes where it failed",
    consequence: "retry",
  },
});
