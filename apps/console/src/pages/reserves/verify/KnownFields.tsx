import type { Hex } from "viem";
import { SelectField, TextField } from "../../../ui/Form.tsx";
import type { Expected } from "./judgeFile.ts";
import type { PublishedRecord } from "./publishedRecords.ts";

interface Known {
  /** `any`, `other`, or the number of a published snapshot. */
  readonly compared: string;
  readonly otherHash: string;
  readonly customerId: string;
}

const ANY = "any";
const OTHER = "other";
const HASH = /^0x[0-9a-f]{64}$/;

export const NOTHING_KNOWN: Known = { compared: ANY, otherHash: "", customerId: "" };

export function expectedOf(
  { compared, otherHash, customerId }: Known,
  published: readonly PublishedRecord[],
): Expected | undefined {
  const typed = otherHash.trim();
  if (compared === OTHER && !HASH.test(typed)) return undefined;
  const record = published.find(({ number }) => String(number) === compared);
  const recordHash = compared === OTHER ? (typed as Hex) : record?.recordHash;
  return {
    ...(recordHash === undefined ? {} : { recordHash }),
    ...(customerId.trim() === "" ? {} : { customerId: customerId.trim() }),
  };
}

export function KnownFields({
  known,
  published,
  onChange,
}: {
  readonly known: Known;
  readonly published: readonly PublishedRecord[];
  readonly onChange: (known: Known) => void;
}) {
  const { compared, otherHash, customerId } = known;
  const isHash = HASH.test(otherHash.trim());
  return (
    <div className="known">
      <SelectField
        label="Published record"
        value={compared}
        onChange={(value) => onChange({ ...known, compared: value })}
        options={[
          [ANY, published.length === 0 ? "compare manually" : "any record published here"],
          ...published.map(({ number, timeMs }) => {
            const day = new Date(timeMs).toISOString().slice(0, 10);
            return [String(number), `snapshot ${number} of ${day}`] as const;
          }),
          [OTHER, "a hash from another source"],
        ]}
        hint="All customers must see the same record. Take the hash from a source that others also see."
      />
      {compared === OTHER && (
        <TextField
          label="Record hash"
          value={otherHash}
          onChange={(value) => onChange({ ...known, otherHash: value })}
          maxLength={66}
          wrong={isHash ? undefined : "Expected 0x and 64 lower-case hexadecimal digits."}
        />
      )}
      <TextField
        label="Your customer ID"
        value={customerId}
        onChange={(value) => onChange({ ...known, customerId: value })}
        maxLength={128}
        hint="If set, the file must be a proof for this customer only."
      />
    </div>
  );
}
