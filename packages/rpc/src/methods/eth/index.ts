import { accountMethods } from "./accounts.ts";
import { blockMethods } from "./blocks.ts";
import { callMethods } from "./call.ts";
import { capabilities } from "./capabilities.ts";
import { config } from "./config.ts";
import { feeMethods } from "./fees.ts";
import { logMethods } from "./logs.ts";
import { nodeMethods } from "./node.ts";
import { sendRawTransactionSync } from "./sendRawTransactionSync.ts";
import { signingMethods } from "./signing.ts";
import { simulateMethods } from "./simulate.ts";
import { subscriptionMethods } from "./subscriptions.ts";
import { transactionMethods } from "./transactions.ts";

export const ethMethods = [
  ...nodeMethods,
  capabilities,
  config,
  ...feeMethods,
  ...accountMethods,
  ...blockMethods,
  ...transactionMethods,
  sendRawTransactionSync,
  ...logMethods,
  ...callMethods,
  ...simulateMethods,
  ...subscriptionMethods,
  ...signingMethods,
];
