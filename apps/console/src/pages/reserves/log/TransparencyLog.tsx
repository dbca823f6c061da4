import { useMutation, useQuery } from "@tanstack/react-query";
import { isTrellisError } from "@trellis/base";
import { useState } from "react";
import { bytesToHex } from "viem";
import { isRefusedBy } from "../../../errors.ts";
import { countText } from "../../../format/units.ts";
import { ProblemText } from "../../../session/ProblemText.tsx";
import { Form, TextField } from "../../../ui/Form.tsx";
import { Badge, Card, Copy, Fact, Facts, HexText } from "../../../ui/primitives.tsx";
import { Empty } from "../../../ui/states.tsx";
import { Table } from "../../../ui/Table.tsx";
import { RESERVES } from "../service/useReserves.ts";
import { download } from "../ui/download.ts";
import { Frame } from "../ui/Frame.tsx";
import { Answered } from "../ui/Refused.tsx";
import { TimeText } from "../ui/TimeText.tsx";
import { type CheckedHead, checkConsistency, type ReadEntry, readEntries, readHead } from "./checkLog.ts";

const LOOK_MS = 10_000;
const ENTRIES_SHOWN = 100;
/** Storage key of an earlier checkpoint, which the current checkpoint must extend. */
const KEPT = "trellis-log-head";

export function TransparencyLog() {
  const head = useQuery({
    queryKey: [RESERVES, "getLogHead", "verified"],
    queryFn: readHead,
    refetchInterval: LOOK_MS,
    retry: (count, error) => !isTrellisError(error) && count < 1,
  });
  const isEmpty = isRefusedBy(head.error, "LOG_HEAD_MISSING");
  return (
    <Frame title="Transparency log">
      {isEmpty ? (
        <Empty title="The log is empty">The first snapshot creates the first entry.</Empty>
      ) : (
        <Answered query={head} what="Loading and verifying the log checkpoint">
          {(checked) => (
            <>
              <Head checked={checked} />
              <Consistency note={checked.note} />
              <Entries size={checked.head.size} />
            </>
          )}
        </Answered>
      )}
    </Frame>
  );
}

function Head({ checked: { head, note, key } }: { readonly checked: CheckedHead }) {
  return (
    <Card
      title="Newest signed checkpoint"
      aside={
        <span>
          <Badge tone="good">signature verified in this browser</Badge>
        </span>
      }
    >
      <Facts>
        <Fact name="Origin">{head.origin}</Fact>
        <Fact name="Entries">{countText(head.size)}</Fact>
        <Fact name="Root">
          <HexText hex={bytesToHex(head.root)} label="root of the log" isWhole />
        </Fact>
        <Fact name="Signed by">
          {key.name} <HexText hex={bytesToHex(key.publicKey)} label="key of the log" />
        </Fact>
      </Facts>
      <details>
        <summary>Signed checkpoint (C2SP)</summary>
        <pre>{note}</pre>
        <div className="buttons">
          <Copy text={note} label="signed checkpoint" />
          <button type="button" onClick={() => download("log-head.txt", note, "text/plain")}>
            Download text
          </button>
        </div>
      </details>
    </Card>
  );
}

function Consistency({ note }: { readonly note: string }) {
  const [remembered, setRemembered] = useState(() => localStorage.getItem(KEPT));
  const [pasted, setPasted] = useState("");
  const checking = useMutation({ mutationFn: checkConsistency });
  const old = pasted.trim() === "" ? remembered : `${pasted.trim()}\n`;
  return (
    <Card title="Consistency with an earlier checkpoint">
      <p className="soft">
        A log that removes or changes an entry contradicts its earlier checkpoints. Save a checkpoint now and
        verify it later, here or on another device.
      </p>
      <Form
        label="Consistency"
        isValid={old !== null}
        isSending={checking.isPending}
        onSubmit={() => old !== null && checking.mutate(old)}
        action="Verify consistency"
      >
        <TextField
          label="Earlier checkpoint"
          value={pasted}
          onChange={setPasted}
          isLong
          maxLength={4_096}
          hint={
            remembered === null
              ? "Paste a checkpoint, or save the newest one first."
              : "Empty: the checkpoint saved in this browser."
          }
          wrong={old === null ? "There is no earlier checkpoint to compare with." : undefined}
        />
      </Form>
      <div className="buttons">
        <button
          type="button"
          onClick={() => {
            localStorage.setItem(KEPT, note);
            setRemembered(note);
          }}
        >
          Save newest checkpoint
        </button>
      </div>
      {checking.data !== undefined && (
        <p role="status">
          <Badge tone="good">consistent</Badge> The log of {countText(checking.data.head.size)} entries
          extends the {countText(checking.data.old.size)} entries of the earlier checkpoint.
        </p>
      )}
      {checking.error !== null && <ProblemText error={checking.error} />}
    </Card>
  );
}

const NAMES: Readonly<Record<ReadEntry["entry"]["type"], string>> = {
  "root-record": "snapshot",
  audit: "audit log",
  attestation: "attestation",
  "key-change": "key change",
};

function Entries({ size }: { readonly size: number }) {
  const entries = useQuery({
    queryKey: [RESERVES, "getLogEntries", size],
    queryFn: () => readEntries(size, ENTRIES_SHOWN),
  });
  return (
    <Card title="Entries" aside={<span>newest first</span>}>
      <Answered query={entries} what="Loading entries">
        {(rows) => (
          <Table
            label="Log entries"
            rows={rows}
            keyOf={({ index }) => String(index)}
            columns={[
              { name: "Index", width: "5rem", isNumeric: true, cell: ({ index }) => countText(index) },
              { name: "Type", width: "7rem", cell: ({ entry }) => <Badge>{NAMES[entry.type]}</Badge> },
              {
                name: "Time",
                width: "13rem",
                isMinor: true,
                cell: ({ entry: { body } }) =>
                  typeof body.timeMs === "number" ? <TimeText ms={body.timeMs} /> : "—",
              },
              {
                name: "Content",
                width: "1fr",
                cell: ({ entry: { body } }) => {
                  const text = JSON.stringify(body);
                  return <code title={text}>{text}</code>;
                },
              },
            ]}
          />
        )}
      </Answered>
    </Card>
  );
}
