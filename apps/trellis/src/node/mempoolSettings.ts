import { type Setting, type SettingsOf, size, wholeNumber } from "@trellis/platform/config";

export const mempoolSettings = {
  mempoolTransactions: {
    type: wholeNumber(1_024, 4_194_304),
    default: 131_072,
    value: "N",
    summary: "most transactions in the mempool; one sender has at most an eighth of them",
    isReloadable: true,
  },
  mempoolSize: {
    type: size("16MiB", "16GiB"),
    default: "128MiB",
    value: "SIZE",
    summary: "most bytes of transactions in the mempool; one sender has at most an eighth of them",
    isReloadable: true,
  },
  mempoolTip: {
    type: wholeNumber(0, Number.MAX_SAFE_INTEGER),
    default: 1,
    value: "WEI",
    summary: "smallest tip of transactions from peers, in wei for each gas",
    isReloadable: true,
  },
} satisfies Readonly<Record<string, Setting>>;

export type MempoolSettings = SettingsOf<typeof mempoolSettings>;
