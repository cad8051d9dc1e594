// OpenAI's client for Node against a running gateway, whose address is the argument.
import assert from "node:assert/strict";
import OpenAI from "openai";

const client = new OpenAI({apiKey: "none", baseURL: process.argv[2] + "/v1", maxRetries: 0});
const model = "tropical-tiny";
const text = {model, prompt: "Once upon a time", temperature: 0, max_tokens: 24};
const chat = {model, messages: [{role: "user", content: "What is a stream?"}], temperature: 0, max_tokens: 24};

// whole and streamed, with usage
const whole = await client.completions.create(text);
let streamed = "";
let usage;
for await (const chunk of await client.completions.create({...text, stream: true, stream_options: {include_usage: true}})) {
  streamed += chunk.choices[0]?.text ?? "";
  usage = chunk.usage ?? usage;
}
assert.equal(streamed, whole.choices[0].text);
assert.deepEqual(usage.completion_tokens, whole.usage.completion_tokens);

const said = await client.chat.completions.create(chat);
streamed = "";
for await (const chunk of await client.chat.completions.create({...chat, stream: true}))
  streamed += chunk.choices[0]?.delta?.content ?? "";
assert.equal(streamed, said.choices[0].message.content);

// n, logprobs, stop, tools
const several = await client.chat.completions.create({...chat, n: 2, temperature: 1, logprobs: true, top_logprobs: 1});
assert.equal(several.choices.length, 2);
assert.ok(several.choices[1].logprobs.content.length > 0);
const stop = whole.choices[0].text.slice(10, 15);
const stopped = await client.completions.create({...text, stop});
assert.equal(stopped.choices[0].text, whole.choices[0].text.slice(0, whole.choices[0].text.indexOf(stop)));
assert.equal(stopped.choices[0].finish_reason, "stop");
await client.chat.completions.create({...chat, tools: [{type: "function", function: {name: "weather", parameters: {}}}]});

// errors
await assert.rejects(client.completions.create({...text, temperature: -1}),
    e => e instanceof OpenAI.BadRequestError && e.param === "temperature" && e.code === "invalid_request");
await assert.rejects(client.completions.create({...text, model: "x"}), OpenAI.NotFoundError);
await assert.rejects(client.chat.completions.create({...chat, response_format: {type: "json_object"}}), OpenAI.BadRequestError);

assert.deepEqual((await client.models.list()).data.map(m => m.id), [model]);
console.log("all well");
