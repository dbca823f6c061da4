import { defineErrors } from "@trellis/base";

export const consoleErrors = defineErrors({
  CONSOLE_NODE_REFUSED: {
    message: "the node refused",
    hint: "the reason is the node's own",
    consequence: "reject",
  },
  CONSOLE_NODE_LOST: {
    message: "the connection to the node was lost",
    hint: "it is opened anew by itself; look whether the node runs",
    consequence: "retry",
  },
  CONSOLE_PAGE_NOT_LOADED: {
    message: "this page could not be loaded",
    hint: "it is on the console's server: look whether that runs, or load the page anew",
    consequence: "retry",
  },
  CONSOLE_PAGE_FAILED: {
    message: "this page failed",
    hint: "load it anew; if it stays so, this is a defect of the console",
    consequence: "fatal",
  },
});
