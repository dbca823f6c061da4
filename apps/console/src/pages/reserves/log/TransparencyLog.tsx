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
/** A head is public: this browser remembers it, to ask later whether the log still begins with it. */
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
        <Empty title="The log is empty">It begins with the first snapshot.</Empty>
      ) : (
        <Answered query={head} what="Reading and verifying the log's head">
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
      title="Newest signed head"
      aside={
        <span>
          <Badge tone="good">signature verified here</Badge>
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
        <summary>The head as it is signed (C2SP checkpoint)</summary>
        <pre>{note}</pre>
        <div className="buttons">
          <Copy text={note} label="signed head" />
          <button type="button" onClick={() => download("log-head.txt", note, "text/plain")}>
            Keep it as a file
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
    <Card title="Does it still begin with what you saw before?">
      <p className="soft">
        A log that forgets or changes an entry contradicts every head that was given out. Remember a head now,
        and check later, here or on another device.
      </p>
      <Form
        label="Consistency"
        isValid={old !== null}
        isSending={checking.isPending}
        onSubmit={() => old !== null && checking.mutate(old)}
        action="Check"
      >
        <TextField
          label="A head that you kept"
          value={pasted}
          onChange={setPasted}
          isLong
          maxLength={4_096}
          hint={
            remembered === null
              ? "Paste it, or remember the newest one first."
              : "Left empty: the one that this browser remembers."
          }
          wrong={old === null ? "There is no head to compare with." : undefined}
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
          Remember the newest head
        </button>
      </div>
      {checking.data !== undefined && (
        <p role="status">
          <Badge tone="good">consistent</Badge> The log of {countText(checking.data.head.size)} entries begins
          with the {countText(checking.data.old.size)} that you saw.
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
};

function Entries({ size }: { readonly size: number }) {
  const entries = useQuery({
    queryKey: [RESERVES, "getLogEntries", size],
    queryFn: () => readEntries(size, ENTRIES_SHOWN),
  });
  return (
    <Card title="Entries" aside={<span>newest first</span>}>
      <Answered query={entries} what="Reading entries">
        {(rows) => (
          <Table
            label="Entries of the log"
            rows={rows}
            keyOf={({ index }) => String(index)}
            columns={[
              { name: "Place", width: "5rem", isNumeric: true, cell: ({ index }) => countText(index) },
              { name: "Of", width: "7rem", cell: ({ entry }) => <Badge>{NAMES[entry.type]}</Badge> },
              {
                name: "At",
                width: "13rem",
                isMinor: true,
                cell: ({ entry: { body } }) =>
                  typeof body.timeMs === "number" ? <TimeText ms={body.timeMs} /> : "—",
              },
              {
                name: "Says",
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
