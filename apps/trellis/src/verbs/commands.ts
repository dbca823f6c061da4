import { actionCommand } from "../cli/actionCommand.ts";
import type { Command } from "../cli/Command.ts";
import { serviceCommand } from "../cli/serviceCommand.ts";
import { toolCommand } from "../cli/toolCommand.ts";
import { withoutOperands } from "../cli/withoutOperands.ts";
import { configCommand } from "./config/configCommand.ts";

/** With these an action asks a service; all of its answer is printed. */
const CLIENT = ["url", "apiKeyFrom", "json"];

const devnet = serviceCommand(
  {
    name: "devnet",
    serves: true,
    summary: "run a development network: a chain, its RPC and funded accounts",
    description: [
      "Runs a network of one node for development, with chain id 31337 and the accounts that development",
      "tools expect. Ethereum wallets and libraries connect to its RPC port as to any chain.",
      "The chain is kept in the data directory, and the next start goes on from it.",
    ],
    examples: [
      ["trellis devnet", "on the usual ports, kept in .trellis/devnet"],
      ["trellis devnet --block-time 2000", "a block every two seconds"],
      [
        "trellis devnet --ephemeral --rpc-port 0 --http-port 0 --json",
        "for tests: free ports, nothing on disk",
      ],
      ["trellis devnet --reset", "forget the former chain"],
      ["trellis devnet --nodes 5 --block-time 100", "five nodes that mine ten blocks a second in all"],
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
    description: ["Follows a network, serves its RPC, and mines when it is told whom to pay."],
    examples: [
      [
        "trellis node --network test --bootstrap HOST:30303 --data-dir /var/lib/trellis",
        "follow the test network, beginning at a node of it",
      ],
      [
        "trellis node --network local --listen 127.0.0.1:0 --bootstrap 127.0.0.1:30303",
        "a further node of a network on this machine",
      ],
      [
        "trellis node --network test --bootstrap HOST:30303 --miner 0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
        "and mine on it",
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
    summary: "look into a data directory, check it, compact it, back it up, bring it to this version",
    description: ["Works on the data directory of a node that is not running; `backup` also of one that is."],
    actions: {
      stats: "sizes and counts by table",
      "inspect TABLE [KEY]": "entries of a table, or one of them",
      verify: "read everything and recompute what can be recomputed",
      compact: "give freed space back",
      migrate: "bring the data to the schema of this version",
      "backup DIR": "copy the chain into a new data directory, and verify the copy",
    },
    examples: [
      ["trellis db stats", "of the devnet in this folder"],
      ["trellis db verify --data-dir /var/lib/trellis --json", "for programs"],
      ["trellis db backup /backups/2026-11-21 --data-dir /var/lib/trellis", "while its node runs, or not"],
    ],
  },
  {
    definition: async () => (await import("./db/settings.ts")).dbDefinition,
    settings: async (flags, operands) => (await import("./db/settings.ts")).dbSettings(flags, operands),
    load: async () => (await import("./db/run.ts")).run,
  },
);

const keys = toolCommand(
  {
    name: "keys",
    summary: "make, import, list and show keys in password-protected files",
    description: [
      "Keeps keys as version 3 keystore files, one a key, which other Ethereum software reads too.",
      "Passwords and keys are asked for on the terminal, or read from where a reference points:",
      "env:NAME, file:PATH. They are never arguments, which other users of the machine could read.",
    ],
    actions: {
      new: "make a key",
      import: "take over the private key at --key-from, or an account of the mnemonic at --mnemonic-from",
      list: "the addresses in the keystore",
      "address ADDRESS|FILE": "decrypt the key and print the address that it really has",
      "show ADDRESS|FILE": "decrypt the key and print it",
    },
    examples: [
      ["trellis keys new", "asks for a password"],
      ["trellis keys new --password-from file:/run/secrets/password --json", "for scripts"],
      ["trellis keys import --key-from env:OLD_KEY", "take a key over"],
      ["trellis keys import --mnemonic-from file:words.txt --account 2", "m/44'/60'/0'/0/2 of a mnemonic"],
    ],
  },
  {
    definition: async () => (await import("./keys/settings.ts")).keysDefinition,
    settings: async (flags, operands) => (await import("./keys/settings.ts")).keysSettings(flags, operands),
    load: async () => (await import("./keys/run.ts")).run,
  },
);

const validator = toolCommand(
  {
    name: "validator",
    summary: "make a validator's key, register it, and look after its stake",
    description: [
      "Talks to the staking contract of a network through a node's RPC, and keeps the key that votes.",
      "The account that owns the stake signs transactions; the validator's key only votes, on the node that runs",
      "with --validator-dir. Passwords and keys are never arguments: env:NAME, file:PATH, or asked for.",
    ],
    actions: {
      keys: "print the public key in --validator-dir, which is made if there is none",
      register: "make the account a validator with the key, and send --stake",
      "status [ADDRESS]": "how a validator stands, and how far finality is",
      claim: "pay the rewards out",
      stake: "add --stake to the own stake: it counts from the next epoch on",
      "commission BP": "announce another commission, in 1/10,000: it holds two epochs later",
      rejoin: "become a candidate again, after an exit or when others had displaced it",
      unjail: "come back after the time in jail",
      exit: "take all own stake out: it votes no more from the next epoch on",
      withdraw: "pay out what was taken out, when its time is over",
      "protection export|import FILE":
        "take what the key has signed to another machine, so that it contradicts nothing",
    },
    formerActions: { stand: "rejoin" },
    examples: [
      ["trellis validator keys", "asks for a password, and makes .trellis/validator/key.json"],
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
    summary: "prove to customers that their balances are counted: the service, and what talks to it",
    description: [
      "`serve` runs the service: a ledger of what is owed, snapshots that are signed and put into a public log,",
      "and proofs for every customer. The other actions talk to it by its API with an API key, which is read from",
      "where --api-key-from points; `verify` needs no service at all.",
    ],
    actions: {
      serve: "run the service; its first start makes an admin's API key and prints it once",
      "import FILE": "enter a CSV file of balance changes: key,customer,asset,kind,amount,reference,time",
      snapshot: "freeze all balances, sign them and put them into the log",
      "challenge CHAIN ADDRESS": "the text that an address's holder signs for a snapshot",
      "claim FILE SIGNATURE_FILE": "hand in a challenge and its signature: the address is the custodian's",
      attest:
        "compare a snapshot with what claimed addresses hold on their chains, sign it and put it into the log",
      "prove CUSTOMER": "fetch the proof of a customer's balances",
      "verify FILE":
        "verify a proof file or an audit, offline; ends with 1 if it does not hold, and says why",
      "export CUSTOMER":
        "all that the service has about a customer, their proofs included: what a person may ask for",
      "erase CUSTOMER":
        "forget who a customer is, for good: proofs stay valid, and nothing new is entered for them",
      report: "what an auditor reads of a snapshot; --format json, csv or pdf",
      "log [inclusion|consistency FILE]":
        "the log's signed head; that a snapshot is in it; that it continues a head that was kept",
      audit:
        "all of a snapshot that auditors and regulators verify without a network, to a file or standard output",
      rotate: "seal all customers' keys under the newest master key, and tell which are still needed",
      "apply-retention": "delete data past its retention period; with --dry-run only count it",
    },
    formerActions: { retain: "apply-retention" },
    actionSettings: {
      import: [...CLIENT, "assets"],
      snapshot: CLIENT,
      challenge: [...CLIENT, "out"],
      claim: [...CLIENT, "method"],
      attest: [...CLIENT, "snapshot", "out"],
      prove: ["url", "apiKeyFrom", "snapshot", "out"],
      verify: ["url", "json", "record", "recordKey", "logKey", "customer", "customerKeyFrom", "offline"],
      export: ["url", "apiKeyFrom", "out"],
      erase: CLIENT,
      report: ["url", "apiKeyFrom", "snapshot", "format", "out"],
      log: ["url", "json", "snapshot", "out"],
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
        "enter balance changes",
      ],
      ["trellis reserves verify proof.json --record 0x…", "what a customer does"],
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
    summary:
      "find price differences between pools, prove that a trade pays, and execute it: on paper by default",
    description: [
      "`serve` follows the pools of a chain block by block. What pays after gas by a simulation on real bytecode is",
      "recorded; with --live it is executed by the owner's Arbitrageur, at most once, within the limits. `scan` and",
      "`simulate` look once at the head and end; the others talk to the service by its API with an API key.",
    ],
    actions: {
      serve: "run the service; its first start makes an admin's API key and prints it once",
      signer: "hold the wallet's key and sign what is within its limits: with --live, serve asks it",
      scan: "the trades at the head by the pools' arithmetic, before gas",
      simulate: "the same, each simulated on real bytecode, with what it costs",
      "backtest [FILE]":
        "what it would have done: on a recording, or with --past on a node's history; the same bytes each time",
      status: "what the service sees and does, and what stops it",
      "kill REASON": "stop all trading at once",
      "revive REASON": "let trading go on",
      "close-breaker REASON": "close the open breaker: losses and failures are counted again",
      "book HASH…":
        "enter what these transactions put into the booked accounts or took out of them, with --reason",
      "config show|set KEY VALUE|unset KEY|history [KEY]":
        "settings that change while the service runs, with --reason",
      "export TABLE": "opportunities, decisions, executions or movements of the last 30 days as CSV",
    },
    actionSettings: {
      status: CLIENT,
      kill: CLIENT,
      revive: CLIENT,
      "close-breaker": CLIENT,
      book: [...CLIENT, "reason"],
      config: [...CLIENT, "reason"],
      export: ["url", "apiKeyFrom", "out"],
    },
    examples: [
      ["trellis arbitrage scan --rpc-from env:NODES --json", "with factories and tokens from trellis.yaml"],
      ["trellis arbitrage serve", "on paper"],
      ["trellis arbitrage serve --record-dir recordings", "and keep what it was told of the chain"],
      [
        'trellis arbitrage backtest recordings/FILE --limits \'{"threshold": "0"}\' --json',
        "the same market with other limits",
      ],
      [
        "trellis arbitrage signer --wallet-key-from file:wallet.json",
        "the wallet's key, in a process of its own",
      ],
      ["trellis arbitrage serve --live --signer unix:.trellis/arbitrage/signer.sock", "with money"],
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

const config = configCommand(
  {
    name: "config",
    summary: "check, show, compare and explain the settings of all verbs",
    description: [
      "Reads trellis.yaml, the file of the environment over it (trellis.production.yaml where TRELLIS_ENVIRONMENT",
      "is production) and the environment, as the verbs do. Without a SECTION it looks at all verbs.",
    ],
    actions: {
      "check [SECTION]": "tell all that is wrong, with file and line; ends with 2 if there is something",
      "show [SECTION]": "every value that counts, and where it comes from; of secrets only where they are",
      "diff [SECTION]": "what differs from the defaults, or from the file --against names",
      reference: "every setting of every verb, as Markdown",
      "explain KEY": "what a setting is for, how it is given, and who says what: port, or reserves.port",
    },
    examples: [
      ["trellis config check", "before a start or a reload"],
      ["trellis config show reserves --json", "for programs"],
      ["TRELLIS_ENVIRONMENT=production trellis config diff --against staging.yaml", "two environments"],
    ],
  },
  () => COMMANDS,
);

const versionTool = toolCommand(
  {
    name: "version",
    summary: "print the versions of Trellis and Node.js",
    description: ["Prints the version of Trellis, and of the Node.js that runs it."],
    examples: [
      ["trellis version", "for people"],
      ["trellis version --json", "for programs"],
    ],
  },
  {
    definition: async () => (await import("./version/settings.ts")).versionDefinition,
    settings: withoutOperands,
    load: async () => (await import("./version/run.ts")).run,
  },
);

/** What is wrong in the file or the environment is often asked about with the version: neither may keep it back. */
const version: Command = {
  ...versionTool,
  run({ sources, io }) {
    const { TRELLIS_JSON } = sources.environment;
    return versionTool.run({ sources: { ...sources, environment: { TRELLIS_JSON }, defaultFile: "" }, io });
  },
};

/** Every verb, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  devnet,
  node,
  validator,
  reserves,
  arbitrage,
  db,
  keys,
  config,
  version,
];
