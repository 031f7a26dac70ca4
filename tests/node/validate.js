// Judges pages as HTML: a line of JSON in is a page, a line out is the list of what is wrong with it.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { HtmlValidate } from "html-validate";

const rules = JSON.parse(readFileSync(new URL("validate.json", import.meta.url), "utf-8"));
const judge = new HtmlValidate(rules);

for await (const line of createInterface({ input: process.stdin })) {
  const { results } = await judge.validateString(JSON.parse(line));
  const wrong = results.flatMap((result) => result.messages);
  console.log(
    JSON.stringify(wrong.map((one) => `${one.line}:${one.column} ${one.ruleId}: ${one.message}`)),
  );
}
