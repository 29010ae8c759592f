import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  applyHeadings,
  applyTemplate,
  isTemplateFault,
  parseTemplate,
  unescapeFormat,
} from './go-template.ts';

const data = {
  ID: 'sha256:4f5e',
  Name: 'redis',
  Tags: ['redis:8', 'redis:latest'],
  None: [],
  Size: 1234,
  Ratio: 0.5,
  Up: true,
  Config: {
    Labels: new Map([
      ['b.c', '2'],
      ['a', '1'],
    ]),
    Env: ['PATH=/bin', 'LANG=C'],
    Healthcheck: undefined,
    Ports: new Map([['6379/tcp', [{ HostPort: '80' }]]]),
  },
};

/** Applied to the data; what is wrong comes out as it is said. */
function outcome(source: string): string {
  const template = parseTemplate(source);
  if (isTemplateFault(template)) return template.fault;
  const text = applyTemplate(template, data);
  return isTemplateFault(text) ? text.fault : text;
}

const cases: readonly (readonly [template: string, expected: string])[] = [
  ['plain', 'plain'],
  ['{{.ID}}', 'sha256:4f5e'],
  ['a {{- .Name -}} b', 'aredisb'],
  ['{{/* nothing */}}x{{- /* more */ -}} y', 'xy'],
  ['{{.Config.Env}} {{.Tags}}', '[PATH=/bin LANG=C] [redis:8 redis:latest]'],
  ['{{.Config.Labels}} {{.Config.Labels.a}} {{.Config.Labels.zz}}', 'map[a:1 b.c:2] 1 <no value>'],
  ['{{index .Config.Labels "b.c"}}{{index .Config.Labels "zz"}}|', '2|'],
  ['{{(index .Config.Ports "6379/tcp" 0).HostPort}}', '80'],
  ['{{(index (index .Config.Ports "6379/tcp") 0).HostPort}}', '80'],
  ['{{.Config.Healthcheck}}{{if .Config.Healthcheck}}x{{else}}-{{end}}', '<nil>-'],
  [
    '{{json .Tags}} {{json .Config.Labels}} {{.Size | json}}',
    '["redis:8","redis:latest"] {"a":"1","b.c":"2"} 1234',
  ],
  ['{{json "<a&b>"}}', '"<a&b>"'],
  ['{{range .Tags}}{{.}};{{end}}', 'redis:8;redis:latest;'],
  ['{{range $i, $t := .Tags}}{{if $i}}, {{end}}{{$t}}{{end}}', 'redis:8, redis:latest'],
  ['{{range $k, $v := .Config.Labels}}{{$k}}={{$v}} {{end}}', 'a=1 b.c=2 '],
  ['{{range .None}}x{{else}}none{{end}}', 'none'],
  ['{{range .Tags}}{{if eq . "redis:8"}}{{continue}}{{end}}{{.}}{{break}}{{end}}', 'redis:latest'],
  ['{{range .Tags}}{{$.Name}} {{end}}', 'redis redis '],
  ['{{with .Config}}{{len .Env}}{{end}}{{with .None}}x{{else}}y{{end}}', '2y'],
  ['{{with $x := .Name}}{{$x}}{{.}}{{end}}', 'redisredis'],
  ['{{$n := 0}}{{range .Tags}}{{$n = len .}}{{end}}{{$n}}', '12'],
  ['{{if and .Up (gt .Size 1000)}}big{{else if .Up}}up{{else}}no{{end}}', 'big'],
  ['{{if not .Up}}a{{else if eq .Name "x" "redis"}}b{{end}}', 'b'],
  [
    '{{or .None .Config.Healthcheck "last"}} {{and .Up .Name}} {{or .Name .Nope}}',
    'last redis redis',
  ],
  [
    '{{eq 1 1}} {{ne "a" "b"}} {{lt 1 2}} {{le "b" "a"}} {{ge 2.5 2.5}}',
    'true true true false true',
  ],
  ['{{join .Tags ", "}} {{join (split "a:b" ":") "/"}}', 'redis:8, redis:latest a/b'],
  ['{{upper .Name}} {{lower "ÄB"}} {{title "a web app"}}', 'REDIS äb A Web App'],
  ['{{truncate .ID 6}}|{{pad .Name 1 2}}|{{pad "" 1 2}}|', 'sha256| redis  ||'],
  [
    '{{printf "%s %q %d %v %5d|%-6s|%05d %.2f %x %t %T %%" .Name .Name 7 .Tags 42 "ab" 42 0.126 255 true 1}}',
    'redis "redis" 7 [redis:8 redis:latest]    42|ab    |00042 0.13 ff true int %',
  ],
  [
    '{{printf "%d" "a"}} {{printf "%s"}} {{printf "a" 1}}',
    '%!d(string=a) %!s(MISSING) a%!(EXTRA int=1)',
  ],
  ['{{print "a" 1 2 "b"}} {{println "a" 1}}', 'a1 2b a 1\n'],
  ['{{`raw\\n`}} {{"esc\\t\\u00e9"}} {{\'a\'}}', 'raw\\n esc\té 97'],
  ['{{0x10}} {{-3}} {{1.5}} {{true}}', '16 -3 1.5 true'],
  ['{{slice .ID 0 6}} {{slice .Tags 1}}', 'sha256 [redis:latest]'],
  ['{{.Name | printf "%s-%s" "x"}}', 'x-redis'],
  ['{{ .Name }}{{"\\n"}}', 'redis\n'],
  ['{{.Config.Env | len | printf "%03d"}}', '002'],
  // What is wrong.
  [
    '{{.Nope}}',
    'template: :1:2: executing "" at <.Nope>: can\'t evaluate field Nope; there are ID, Name, Tags, None, Size, Ratio, Up, Config',
  ],
  [
    '{{.name}}',
    'template: :1:2: executing "" at <.name>: can\'t evaluate field name; there is Name',
  ],
  [
    '{{.Name.First}}',
    'template: :1:2: executing "" at <.Name.First>: can\'t evaluate field First in type string',
  ],
  [
    '{{.Config.Healthcheck.Test}}',
    'template: :1:2: executing "" at <.Config.Healthcheck.Test>: nil pointer evaluating .Test',
  ],
  ['é\n é{{nope .Name}}', 'template: :2:5: function "nope" not defined'],
  ['{{if .Up}}x', 'template: :1:0: unexpected EOF: {{if}} has no {{end}}'],
  ['x{{end}}', 'template: :1:1: unexpected {{end}}'],
  ['{{.Name', 'template: :1:2: unclosed action'],
  ['{{"abc}}', 'template: :1:2: unterminated quoted string'],
  ['{{/* x }}', 'template: :1:4: unclosed comment'],
  ['{{}}', 'template: :1:0: missing value for command'],
  ['{{$x}}', 'template: :1:2: undefined variable "$x"'],
  ['{{range 3}}{{.}},{{end}}', '0,1,2,'],
  ['{{range $i := 2}}{{$i}}{{else}}none{{end}}', '01'],
  ['{{range 0}}x{{else}}none{{end}}', 'none'],
  ['{{range len .Tags}}{{if .}}{{break}}{{end}}x{{end}}', 'x'],
  [
    '{{range $i, $e := 3}}{{end}}',
    'template: :1:0: executing "" at <3>: can\'t use 3 to iterate over more than one variable',
  ],
  [
    '{{range true}}{{end}}',
    'template: :1:0: executing "" at <true>: range can\'t iterate over bool',
  ],
  [
    '{{index .Tags 7}}',
    'template: :1:2: executing "" at <index .Tags 7>: error calling index: index out of range: 7',
  ],
  ['{{len 3}}', 'template: :1:2: executing "" at <len 3>: error calling len: len of type int'],
  [
    '{{json}}',
    'template: :1:2: executing "" at <json>: wrong number of args for json: want 1 got 0',
  ],
  [
    '{{eq "a" 1}}',
    'template: :1:2: executing "" at <eq "a" 1>: error calling eq: incompatible types for comparison',
  ],
  [
    '{{.Name .ID}}',
    'template: :1:2: executing "" at <.Name .ID>: can\'t give argument to non-function .Name',
  ],
  ['{{break}}', 'template: :1:0: {{break}} outside {{range}}'],
  ['{{define "x"}}<{{.}}>{{end}}{{template "x" .Name}}{{template "x"}}', '<redis><<no value>>'],
  ['{{template "late" .}}{{define "late"}}{{$.Name}}{{end}}', 'redis'],
  ['{{$x := 1}}{{block "b" .Name}}[{{.}}]{{end}}{{template "b" $x}}', '[redis][1]'],
  ['{{define "a"}}1{{end}}{{define "a"}}2{{end}}{{define "a"}} {{end}}{{template "a"}}', '2'],
  ['{{template "x"}}', 'template: :1:0: template "x" not defined'],
  ['{{$x := 1}}{{define "d"}}{{$x}}{{end}}', 'template: :1:27: undefined variable "$x"'],
  ['{{if .Up}}{{define "d"}}{{end}}{{end}}', 'template: :1:10: unexpected {{define}}'],
  ['{{define x}}{{end}}', 'template: :1:9: unexpected x in define clause'],
  ['{{define "x"}}', 'template: :1:0: {{define}} has no {{end}}'],
  [
    '{{define "r"}}{{template "r"}}{{end}}{{template "r"}}',
    'template: :1:14: exceeded maximum template depth (500)',
  ],
  [
    '{{.constructor}}',
    'template: :1:2: executing "" at <.constructor>: can\'t evaluate field constructor; there are ID, Name, Tags, None, Size, Ratio, Up, Config',
  ],
];

for (const [source, expected] of cases) {
  test(`template ${JSON.stringify(source)}`, () => {
    assert.equal(outcome(source), expected);
  });
}

test('depth is bounded', () => {
  assert.match(outcome(`{{${'('.repeat(5000)}}}`), /too deep$/);
  assert.match(outcome('{{if .Up}}'.repeat(5000)), /too deep$/);
});

test('tabs and line ends are meant outside of actions', () => {
  assert.equal(
    unescapeFormat('{{.A}}\\t{{printf "%s\\n" .B}}\\n'),
    '{{.A}}\t{{printf "%s\\n" .B}}\n',
  );
});

test('headings stand for their fields', () => {
  const template = parseTemplate('{{.ID}}\t{{upper .Tag}}|{{json .Size}}{{.Other}}');
  assert.ok(!isTemplateFault(template));
  const headings = { ID: 'IMAGE ID', Tag: 'Tag', Size: 'SIZE' };
  assert.equal(applyHeadings(template, headings), 'IMAGE ID\tTag|SIZE<no value>');
});
