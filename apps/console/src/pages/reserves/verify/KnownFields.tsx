import type { Hex } from "viem";
import { SelectField, TextField } from "../../../ui/Form.tsx";
import type { Expected } from "./judgeFile.ts";
import type { PublishedRecord } from "./publishedRecords.ts";

/** What whoever verifies has said that they know. */
export interface Known {
  /** `any`, `other`, or the number of a published snapshot. */
  readonly compared: string;
  readonly otherHash: string;
  readonly customerId: string;
}

const ANY = "any";
const OTHER = "other";
const HASH = /^0x[0-9a-f]{64}$/;

export const NOTHING_KNOWN: Known = { compared: ANY, otherHash: "", customerId: "" };

/** Undefined while what is typed cannot be compared with. */
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
          [ANY, published.length === 0 ? "compare it yourself" : "whichever was published here"],
          ...published.map(({ number, timeMs }) => {
            const day = new Date(timeMs).toISOString().slice(0, 10);
            return [String(number), `snapshot ${number} of ${day}`] as const;
          }),
          [OTHER, "a hash that I have from elsewhere"],
        ]}
        hint="Everybody must be shown the same record: take it from where others see it too."
      />
      {compared === OTHER && (
        <TextField
          label="Hash of the record"
          value={otherHash}
          onChange={(value) => onChange({ ...known, otherHash: value })}
          maxLength={66}
          wrong={isHash ? undefined : "It has 64 hexadecimal digits in lower case behind 0x."}
        />
      )}
      <TextField
        label="Your customer id"
        value={customerId}
        onChange={(value) => onChange({ ...known, customerId: value })}
        maxLength={128}
        hint="The file must then be about you and nobody else."
      />
    </div>
  );
}
