import { defineErrors } from "@trellis/base";

export const sdkErrors = defineErrors({
  SDK_UNSUPPORTED: {
    message: "the API's document has something that no SDK can write",
    hint: "describe it more simply, or teach tools/src/sdks the form",
    consequence: "fatal",
  },
});
