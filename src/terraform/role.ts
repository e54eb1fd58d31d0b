/**
 * What a function's role may do beyond writing its own log: what its config's settings call for, and what the user adds. No more.
 * Source: Lambda developer guide, the execution role permissions of "Using Lambda with Amazon SQS", "… DynamoDB" and "… Kinesis", and of
 * "Giving Lambda functions access to resources in an Amazon VPC".
 */
import type { ConfigDescription, PolicyStatement } from '../service/description.js'

const SOURCES = {
  sqs: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
  dynamodb: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
  kinesis: [
    'kinesis:DescribeStream',
    'kinesis:DescribeStreamSummary',
    'kinesis:GetRecords',
    'kinesis:GetShardIterator',
    'kinesis:ListShards',
    'kinesis:SubscribeToShard',
  ],
} as const

const VPC = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
]

export function roleStatements(config: ConfigDescription): readonly PolicyStatement[] {
  return [...ownStatements(config), ...config.policyStatements]
}

/** Those that coworks adds. */
export function ownStatements({ tracing, vpc, kmsKeyArn, triggers }: ConfigDescription): readonly PolicyStatement[] {
  const allow = (actions: readonly string[], resource: string): PolicyStatement => ({ effect: 'Allow', actions, resources: [resource] })
  return [
    ...(tracing ? [allow(['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], '*')] : []),
    ...(vpc === null ? [] : [allow(VPC, '*')]),
    ...(kmsKeyArn === null ? [] : [allow(['kms:Decrypt'], kmsKeyArn)]),
    ...triggers.flatMap((one) => (one.kind === 'source' ? [allow(SOURCES[one.service], one.source)] : [])),
  ]
}
