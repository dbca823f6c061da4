/** Ethers' messages contain whole contracts. */
const LENGTH_MAX = 300;

export const firstLine = (message: string): string =>
  message.split("\n")[0]!.slice(0, LENGTH_MAX) || "no message";
