/**
 * What a function's role must be allowed for the queues and streams that Lambda reads on its behalf, and no more.
 * Source: Lambda developer guide, the execution role permissions of "Using Lambda with Amazon SQS", "… DynamoDB" and "… Kinesis".
 */
import type { TriggerDescription } from '../service/description.js'
import type { StageContext } from './model.js'

const ACTIONS = {
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

export function sourceStatements(triggers: readonly TriggerDescription[]): StageContext['sourceStatements'] {
  return triggers.flatMap((one) => (one.kind === 'source' ? [{ actions: ACTIONS[one.service], resource: one.source }] : []))
}
