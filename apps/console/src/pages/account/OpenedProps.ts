import type { AccountClient } from "@trellis/client/account";
import type { OpenedKey } from "./keyFiles.ts";

export interface OpenedProps {
  readonly opened: OpenedKey;
  readonly account: AccountClient;
}
