import { Card } from "../../ui/primitives.tsx";
import { KeyFileForm } from "./KeyFileForm.tsx";
import type { OpenedKey } from "./keyFiles.ts";

export function OpenKeyFile({ onOpened }: { readonly onOpened: (opened: OpenedKey) => void }) {
  return (
    <Card title="Open a key file" aside={<span>stays in this browser</span>}>
      <p className="soft">
        Key files of <code>trellis account</code>, of this page, and of Ethereum wallets (version 3).
      </p>
      <KeyFileForm
        label="Open a key file"
        fileLabel="Key file"
        action="Open"
        busy="Opening…"
        onOpened={onOpened}
      />
    </Card>
  );
}
