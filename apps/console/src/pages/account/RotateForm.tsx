import { accountKeyId } from "@trellis/client/account";
import { useEffect, useState } from "react";
import type { Hex } from "viem";
import { keyRegistry } from "../../contracts/keyRegistry.ts";
import { consoleErrors } from "../../errors.ts";
import { useContract } from "../../live/contracts.ts";
import { Card } from "../../ui/primitives.tsx";
import { SendOutcome } from "../../ui/Sending.tsx";
import { KeyFileForm } from "./KeyFileForm.tsx";
import type { OpenedKey } from "./keyFiles.ts";
import { NewKeyForm } from "./NewKeyFile.tsx";
import type { OpenedProps } from "./OpenedProps.ts";

interface Sent {
  readonly hash: Hex;
  readonly next: OpenedKey;
}

export function RotateForm({
  opened,
  account,
  onRotated,
}: OpenedProps & { readonly onRotated: (next: OpenedKey) => void }) {
  const { address } = opened;
  const [sent, setSent] = useState<Sent>();
  const registered = useContract(keyRegistry, "keyOf", [address]).data;
  useEffect(() => {
    if (sent !== undefined && registered === accountKeyId(sent.next.key)) onRotated(sent.next);
  }, [sent, registered, onRotated]);
  const rotate = async (next: OpenedKey): Promise<void> => {
    if (next.address !== address) {
      const reason = `The file belongs to account ${next.address}. Create the key in step 1.`;
      throw consoleErrors.CONSOLE_REFUSED({ by: "page", reason });
    }
    const { hash } = await account.rotate(next.key, async () => {});
    setSent({ hash, next });
  };
  return (
    <Card title="Rotate the key" aside={<span>to ML-DSA-65, post-quantum</span>}>
      <p className="soft">
        A new key will sign for this account, which keeps its address, coins and tokens. The current key will
        be rejected. On other chains the account keeps its original key.
      </p>
      <h3>1. Create the new key file</h3>
      <NewKeyForm label="Create the new key file" action="Create and download" address={address} />
      <h3>2. Rotate to the new key</h3>
      <KeyFileForm
        label="Rotate to the new key"
        fileLabel="New key file"
        action="Rotate"
        busy="Rotating…"
        isDangerous
        onOpened={rotate}
      />
      {sent !== undefined && <SendOutcome sending={{ data: sent.hash, error: null }} />}
    </Card>
  );
}
