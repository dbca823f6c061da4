export { type FakeBlock, FakeChainView, type FakeTransaction, testLog, testTopic } from "./FakeChainView.ts";
export { FakeSimulation, SUCCESS } from "./FakeSimulation.ts";
export { deliveredLog, sentLog, testMessage } from "./testMessages.ts";
export {
  ACCESS_LIST,
  CHAIN_ID,
  oneGasPrice,
  TARGET,
  testSigner,
  testTransaction,
} from "./testTransactions.ts";
