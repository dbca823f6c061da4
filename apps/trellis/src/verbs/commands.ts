import { actionCommand, taskCommand } from "../cli/actionCommand.ts";
import type { Command } from "../cli/Command.ts";
import { serviceCommand } from "../cli/serviceCommand.ts";
import { toolCommand } from "../cli/toolCommand.ts";
import { withoutOperands } from "../cli/withoutOperands.ts";
import { configCommand } from "./config/configCommand.ts";
import { drill } from "./drillCommand.ts";
import { health } from "./healthCommand.ts";
import { account, keys, secrets } from "./keyCommands.ts";
import { message } from "./messageCommand.ts";
import { miner } from "./minerCommand.ts";
import { profile } from "./profileCommand.ts";
import { version } from "./versionCommand.ts";

const TRUST = ["caFile", "pins"];
const FILE_CLIENT = ["url", "apiKeyFrom", "signWith", "signKeyId", ...TRUST, "out"];
const CLIENT = ["url", "apiKeyFrom", "signWith", "signKeyId", "json", ...TRUST];
const REPOSITORY = [
  ...["repository", "s3Endpoint", "s3Region", "s3PathStyle", "passphraseFrom", "wrappedBy"],
  ...["json", "logLevel", "caFile", "pins"],
];

const devnet = serviceCommand(
  {
    name: "devnet",
    serves: true,
    summary: "run a development network: a chain, its RPC and funded accounts",
    description: [
      "Runs a development network of one node with chain id 31337 and the usual development accounts.",
      "Ethereum wallets and libraries connect to its RPC port. The data directory keeps the chain, and the next",
      "start continues it.",
    ],
    examples: [
      ["trellis devnet", "default ports, chain in .trellis/devnet"],
      ["trellis devnet --block-time 2000", "a block every two seconds"],
      [
        "trellis devnet --ephemeral --rpc-port 0 --http-port 0 --json",
        "for tests: free ports, nothing on disk",
      ],
      ["trellis devnet --reset", "delete the stored chain first"],
      ["trellis devnet --nodes 5 --block-time 100", "five nodes, ten blocks per second in all"],
    ],
  },
  {
    definition: async () => (await import("./devnet/settings.ts")).devnetDefinition,
    settings: withoutOperands,
    load: async () => (await import("./devnet/run.ts")).run,
  },
);

const node = serviceCommand(
  {
    name: "node",
    serves: true,
    summary: "run a node of a network",
    description: ["Joins a network, verifies its blocks and serves JSON-RPC. --miner also mines."],
    examples: [
      [
        "trellis node --network test --bootstrap HOST:30303 --data-dir /var/lib/trellis",
        "join the test network through one of its nodes",
      ],
      [
        "trellis node --network local --listen 127.0.0.1:0 --bootstrap 127.0.0.1:30303",
        "another node of a network on this machine",
      ],
      [
        "trellis node --network test --bootstrap HOST:30303 --miner 0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
        "join and mine",
      ],
    ],
  },
  {
    definition: async () => (await import("./node/settings.ts")).nodeDefinition,
    settings: withoutOperands,
    load: async () => (await import("./node/run.ts")).run,
  },
);

const db = serviceCommand(
  {
    name: "db",
    serves: false,
    summary: "inspect, verify, compact, back up and migrate a data directory",
    description: ["Works on the data directory of a stopped node; `backup` also works while the node runs."],
    actions: {
      stats: "sizes and counts of each table",
      "inspect TABLE [KEY]": "entries of a table, or one entry",
      verify: "read everything and recompute hashes, roots and indexes",
      compact: "return freed space to the disk",
      migrate: "migrate the data to the schema of this version",
      "backup DIR": "copy the chain into a new data directory, and verify the copy",
    },
    examples: [
      ["trellis db stats", "the devnet in this folder"],
      ["trellis db verify --data-dir /var/lib/trellis --json", "for programs"],
      [
        "trellis db backup /backups/2026-11-21 --data-dir /var/lib/trellis",
        "while its node runs or is stopped",
      ],
    ],
  },
  {
    definition: async () => (await import("./db/settings.ts")).dbDefinition,
    settings: async (flags, operands) => (await import("./db/settings.ts")).dbSettings(flags, operands),
    load: async () => (await import("./db/run.ts")).run,
  },
);

const backup = taskCommand(
  {
    name: "backup",
    summary: "back up everything in a data directory, verify and restore it",
    description: [
      "Backs up chains, databases, keys, journals and settings while their services run. The repository is",
      "encrypted and stores equal data once. Keep its passphrase apart from the data.",
    ],
    actions: {
      init: "create a repository",
      run: "make a full backup",
      logs: "save what the embedded databases have written since the last backup",
      list: "backups in the repository",
      "show ID|latest": "time, parts and sizes of a backup",
      "verify [ID|latest]":
        "read and check the whole repository; with an id, also restore that backup and prove it",
      "restore ID|latest DIR": "restore a backup into a new directory, and prove it",
      "extract ID|latest PATH [TARGET]":
        "write a file of a backup to standard output, or a file or directory to a target",
      prune:
        "delete backups that no --keep setting keeps, and free their space; the newest stays; with --archive-to they are copied first",
      repair: "rebuild a lost index from the packs",
      "keys list|add|remove ID":
        "passphrases and keys that open the repository; to change a passphrase, add the new one and remove the old one",
      "push-wal FILE": "archive a file of PostgreSQL's write-ahead log (archive_command)",
      watch: "run the service that backs up, verifies and prunes on schedule, and alerts",
    },
    backgroundActions: ["run", "logs", "watch"],
    actionSettings: {
      init: REPOSITORY,
      run: [...REPOSITORY, "dataDir", "postgres", "limitRate"],
      logs: [...REPOSITORY, "dataDir", "limitRate"],
      list: REPOSITORY,
      show: REPOSITORY,
      verify: REPOSITORY,
      restore: [...REPOSITORY, "at", "allValidatorsLost"],
      extract: REPOSITORY,
      prune: [...REPOSITORY, "keepLast", "keepHourly", "keepDaily", "keepWeekly", "keepMonthly", "archiveTo"],
      repair: REPOSITORY,
      "push-wal": REPOSITORY,
      keys: [...REPOSITORY, "newPassphraseFrom", "newWrappedBy"],
    },
    examples: [
      ["trellis backup init --repository /backups --passphrase-from file:passphrase", "once"],
      [
        "trellis backup run --data-dir .trellis --repository /backups --passphrase-from file:passphrase",
        "daily",
      ],
      [
        "trellis backup watch --repository /backups --passphrase-from file:passphrase --keep-daily 7",
        "on schedule",
      ],
      ["trellis backup restore latest /var/lib/trellis --repository /backups", "on a new machine"],
      ["trellis backup extract latest keys/keys.json --repository /backups", "print one file"],
      ["trellis backup prune --keep-daily 7 --keep-weekly 4 --repository /backups", "one week and one month"],
    ],
  },
  {
    definition: async () => (await import("./backup/settings.ts")).backupDefinition,
    settings: async (flags, operands) =>
      (await import("./backup/settings.ts")).backupSettings(flags, operands),
    serviceActions: ["watch"],
    loadService: async () => (await import("./backup/watch.ts")).run,
    loadTask: async () => (await import("./backup/run.ts")).run,
  },
);

const validator = toolCommand(
  {
    name: "validator",
    summary: "create a validator's key, register it, and manage its stake",
    description: [
      "Calls the staking contract through a node's RPC, and manages the key that votes. The account that owns",
      "the stake signs transactions; the validator key only votes, on the node with --validator-dir.",
      "Passwords and keys are never arguments: use env:NAME, file:PATH or the prompt.",
    ],
    actions: {
      keys: "print the public keys in --validator-dir; creates a key if there is none",
      register: "register the account as a validator with the key, and send --stake",
      "status [ADDRESS]": "state of a validator and of finality",
      claim: "pay out the rewards",
      stake: "increase own stake by --stake, from the next epoch",
      "commission BP": "announce a new commission in basis points; it applies two epochs later",
      rotate: "replace the validator key from the next epoch on",
      rejoin: "become a candidate again, after an exit or displacement by others",
      unjail: "become a candidate again after the jail duration",
      exit: "unbond all own stake; no votes from the next epoch",
      withdraw: "pay out unbonded stake after the unbonding time",
      "protection export|import FILE": "move the slashing protection of all keys to another machine",
    },
    formerActions: { stand: "rejoin" },
    examples: [
      ["trellis validator keys", "prompts for a password, and creates .trellis/validator/key.json"],
      [
        "trellis validator register --stake 1000 --account 0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
        "with an account of the keystore",
      ],
      ["trellis validator status 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --json", "for programs"],
    ],
  },
  {
    definition: async () => (await import("./validator/settings.ts")).validatorDefinition,
    settings: async (flags, operands) =>
      (await import("./validator/settings.ts")).validatorSettings(flags, operands),
    load: async () => (await import("./validator/run.ts")).run,
  },
);

const reserves = actionCommand(
  {
    name: "reserves",
    summary: "prove liabilities and reserves to customers: the service and its client",
    description: [
      "`serve` runs the service: a ledger of liabilities, signed snapshots in a public log, and a proof for every",
      "customer. The other actions call its API with the API key of --api-key-from; `verify` needs no API key.",
    ],
    actions: {
      serve: "run the service; the first start creates an admin's API key and prints it once",
      "import FILE": "import ledger entries from CSV: key,customer,asset,kind,amount,reference,time",
      snapshot: "take a snapshot of all balances, sign it and append it to the log",
      "challenge CHAIN ADDRESS": "print the text that the address's owner signs for a snapshot",
      "claim FILE SIGNATURE_FILE": "submit a signed challenge as proof of ownership of the address",
      attest: "attest that the reserves cover a snapshot, sign the attestation and append it to the log",
      "prove CUSTOMER": "download the proof of a customer's balances",
      "verify FILE":
        "verify a proof file, an audit or an attestation; exit code 1 with a reason if it is invalid",
      "export CUSTOMER": "export all data of a customer with their proofs, for a data subject request",
      "erase CUSTOMER":
        "erase a customer's personal data permanently; proofs stay valid, new entries are refused",
      report: "write an auditor's report of a snapshot; --format json, csv or pdf",
      "log [inclusion|consistency FILE]":
        "print the log's signed head, or verify inclusion of a snapshot or consistency with a saved head",
      audit: "export a snapshot for offline verification by auditors and regulators",
      rotate:
        "encrypt all customers' keys under the newest master key, and list the master keys still needed",
      "apply-retention": "delete data past its retention period; with --dry-run only count it",
    },
    formerActions: { retain: "apply-retention" },
    actionSettings: {
      import: [...CLIENT, "assets"],
      snapshot: CLIENT,
      challenge: [...CLIENT, "snapshot", "out"],
      claim: [...CLIENT, "method"],
      attest: [...CLIENT, "logKey", "snapshot", "out"],
      prove: [...FILE_CLIENT, "snapshot"],
      verify: [
        ...["url", "json", "record", "recordKey", "logKey", "customer", "customerKeyFrom", "offline"],
        ...TRUST,
      ],
      export: FILE_CLIENT,
      erase: CLIENT,
      report: [...FILE_CLIENT, "snapshot", "format"],
      log: ["url", "json", "logKey", "snapshot", "out", ...TRUST],
      audit: [...CLIENT, "snapshot", "out"],
      rotate: CLIENT,
      "apply-retention": [...CLIENT, "dryRun"],
    },
    examples: [
      ["trellis reserves serve", "with the embedded database, kept in .trellis/reserves"],
      [
        "trellis reserves serve --database file:/run/secrets/database --workers 4 --custodian exchange.example",
        "one of several processes on a PostgreSQL server",
      ],
      [
        "trellis reserves import entries.csv --assets BTC:8,USD:2 --api-key-from env:KEY",
        "import ledger entries",
      ],
      ["trellis reserves verify proof.json --record 0x…", "as a customer"],
    ],
  },
  {
    definition: async () => (await import("./reserves/settings.ts")).reservesDefinition,
    settings: async (flags, operands) =>
      (await import("./reserves/settings.ts")).reservesSettings(flags, operands),
    serviceActions: ["serve"],
    loadService: async () => (await import("./reserves/serve.ts")).run,
    loadTool: async () => (await import("./reserves/run.ts")).run,
  },
);

const arbitrage = actionCommand(
  {
    name: "arbitrage",
    summary: "find arbitrage between pools, simulate it, and execute it; paper trading by default",
    description: [
      "`serve` follows the pools of a chain and records opportunities that are profitable after gas, simulated on",
      "real bytecode. With --live the owner's Arbitrageur contract executes them, at most once, within the limits.",
      "`scan` and `simulate` examine the head once; the other actions call the service's API with an API key.",
    ],
    actions: {
      serve: "run the service; the first start creates an admin's API key and prints it once",
      signer:
        "run the signer, which holds the wallet's key and signs within its policy; serve --live uses it",
      scan: "list trades at the head, computed by the pools' formulas, before gas",
      simulate: "simulate these trades on real bytecode, with gas costs",
      "backtest [FILE]":
        "run the engine on a recording, or with --past on a node's history; the output is reproducible",
      status: "state of the service, and why trading is stopped",
      "kill REASON": "stop all trading at once",
      "revive REASON": "resume trading",
      "close-breaker REASON": "close the open circuit breaker and reset its counters",
      "book HASH…": "book deposits and withdrawals in these transactions, with --reason",
      "config show|set KEY VALUE|unset KEY|history [KEY]": "show and change runtime settings, with --reason",
      "export TABLE": "export opportunities, decisions, executions or movements of the last 30 days as CSV",
    },
    actionSettings: {
      status: CLIENT,
      kill: CLIENT,
      revive: CLIENT,
      "close-breaker": CLIENT,
      book: [...CLIENT, "reason"],
      config: [...CLIENT, "reason"],
      export: FILE_CLIENT,
    },
    examples: [
      ["trellis arbitrage scan --rpc-from env:NODES --json", "with factories and tokens from trellis.yaml"],
      ["trellis arbitrage serve", "paper trading"],
      ["trellis arbitrage serve --record-dir recordings", "also record chain data"],
      [
        'trellis arbitrage backtest recordings/FILE --limits \'{"threshold": "0"}\' --json',
        "the same market with other limits",
      ],
      ["trellis arbitrage signer --wallet-key-from file:wallet.json", "the wallet's key in its own process"],
      ["trellis arbitrage serve --live --signer unix:.trellis/arbitrage/signer.sock", "live trading"],
    ],
  },
  {
    definition: async () => (await import("./arbitrage/settings.ts")).arbitrageDefinition,
    settings: async (flags, operands) =>
      (await import("./arbitrage/settings.ts")).arbitrageSettings(flags, operands),
    serviceActions: ["serve", "signer"],
    loadService: async () => (await import("./arbitrage/services.ts")).run,
    loadTool: async () => (await import("./arbitrage/run.ts")).run,
  },
);

const signer = actionCommand(
  {
    name: "signer",
    summary: "run an isolated signer for validators, custodians and arbitrage",
    description: [
      "`serve` signs for other processes. Clients authenticate by certificate; the access file lists the keys and",
      "permissions of each client. Votes are recorded before they are returned, transactions must pass a policy,",
      "and everything is written to a hash-chained audit log. SIGHUP reloads keys, access and certificates.",
    ],
    actions: {
      serve: "run the signer",
      init: "create certificates, the envelope key and an access file for a devnet",
      "client NAME": "issue the certificate of another client",
      "renew [CLIENT]": "renew the certificate of the server, in two runs, or of a client",
      new: "create a key of --purpose and --name",
      import: "import --key-from or the keys in --service-dir, or move the key in --validator-dir",
      keys: "list the keys",
      rotate: "encrypt all keys under a new envelope key; then send SIGHUP to the signer",
    },
    examples: [
      ["trellis signer init", "everything except keys, in .trellis/signer"],
      ["trellis signer new --purpose validator", "a validator's key that exists nowhere else"],
      ["trellis signer serve", "on https://127.0.0.1:9000"],
      [
        "trellis node --network local --validator-signer .trellis/signer/clients/node/signer.json",
        "a node that votes with its key",
      ],
    ],
  },
  {
    definition: async () => (await import("./signer/settings.ts")).signerDefinition,
    settings: async (flags, operands) =>
      (await import("./signer/settings.ts")).signerSettings(flags, operands),
    serviceActions: ["serve"],
    loadService: async () => (await import("./signer/serve.ts")).run,
    loadTool: async () => (await import("./signer/run.ts")).run,
  },
);

const config = configCommand(
  {
    name: "config",
    summary: "check, show, compare and explain the settings of all verbs",
    description: [
      "Reads trellis.yaml, the environment's file over it (trellis.production.yaml if TRELLIS_ENVIRONMENT is",
      "production), and environment variables, as the verbs do. Without SECTION it covers all verbs.",
    ],
    actions: {
      "check [SECTION]": "report all errors with file and line; exit code 2 if there are any",
      "show [SECTION]": "effective values with their sources; for secrets, only the reference",
      "diff [SECTION]": "differences from the defaults, or from the --against file",
      reference: "all settings of all verbs, as Markdown",
      "explain KEY": "meaning, forms and sources of a setting: port, or reserves.port",
    },
    examples: [
      ["trellis config check", "before a start or a reload"],
      ["trellis config show reserves --json", "for programs"],
      ["TRELLIS_ENVIRONMENT=production trellis config diff --against staging.yaml", "two environments"],
    ],
  },
  () => COMMANDS,
);

const guard = toolCommand(
  {
    name: "guard",
    summary: "list, ban and unban clients of a node or service, and create API keys of a node",
    description: [
      "Bans do not survive a restart; --allow-list and --deny-list of the service do. A node on",
      "--network local needs no key; elsewhere the key's principal needs the permission admin:guard.",
    ],
    actions: {
      list: "address lists, bans and the share of their limits that low-priority callers get",
      "ban NETWORK": "refuse an address or network (CIDR)",
      "unban NETWORK": "lift a ban, even an automatic one",
      key: "create an API key and its hash for the setting access",
    },
    actionSettings: {
      list: CLIENT,
      ban: [...CLIENT, "banTime", "reason"],
      unban: CLIENT,
      key: ["json"],
    },
    examples: [
      ["trellis guard list", "the node on this machine"],
      ["trellis guard ban 203.0.113.0/24 --ban-time 7d --reason scans", "a network"],
      ["trellis guard key --json", "a key for a backend"],
    ],
  },
  {
    definition: async () => (await import("./guard/settings.ts")).guardDefinition,
    settings: async (flags, operands) =>
      (await import("./guard/settings.ts")).guardVerbSettings(flags, operands),
    load: async () => (await import("./guard/run.ts")).run,
  },
);

const error = toolCommand(
  {
    name: "error",
    summary: "explain an error code",
    description: [
      "Prints the meaning of an error code and what to do about it. Without CODE it lists all codes.",
    ],
    operands: "[CODE]",
    examples: [
      ["trellis error STORE_LOCKED", "meaning, action and consequence"],
      ["trellis error --json", "all codes, for programs"],
    ],
  },
  {
    definition: async () => (await import("./error/settings.ts")).errorDefinition,
    settings: async (flags, operands) => (await import("./error/settings.ts")).errorSettings(flags, operands),
    load: async () => (await import("./error/run.ts")).run,
  },
);

export const COMMANDS: readonly Command[] = [
  devnet,
  node,
  miner,
  validator,
  reserves,
  arbitrage,
  signer,
  db,
  backup,
  drill,
  keys,
  secrets,
  account,
  message,
  guard,
  profile,
  health,
  config,
  error,
  version,
];
