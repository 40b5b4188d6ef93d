# A function that follows a table's stream, in Terraform.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.31"
    }
  }
}

variable "archive" {
  description = "The archive that `swift package archive` wrote."
  type        = string
  default     = "build/OrderProjector.zip"
}

variable "architecture" {
  description = "The architecture of the archive, which build/OrderProjector.json names."
  type        = string
  default     = "x86_64"
}

resource "aws_dynamodb_table" "orders" {
  name             = "Orders"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "id"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"

  attribute {
    name = "id"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }
}

# Receives discarded batches with their records. `lambda-streams redrive` brings them back. S3 encrypts the objects and
# blocks public access by default.
resource "aws_s3_bucket" "failed_records" {
  bucket_prefix = "orders-failed-"
}

resource "aws_s3_bucket_lifecycle_configuration" "failed_records" {
  bucket = aws_s3_bucket.failed_records.id

  rule {
    id     = "expiration"
    status = "Enabled"

    filter {}

    expiration {
      days = 90
    }
  }
}

resource "aws_cloudwatch_log_group" "order_projector" {
  name              = "/aws/lambda/OrderProjector"
  retention_in_days = 30
}

resource "aws_iam_role" "order_projector" {
  name = "OrderProjector"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "order_projector" {
  name = "OrderProjector"
  role = aws_iam_role.order_projector.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadStream"
        Effect   = "Allow"
        Action   = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
        Resource = aws_dynamodb_table.orders.stream_arn
      },
      {
        Sid      = "ListStreams"
        Effect   = "Allow"
        Action   = "dynamodb:ListStreams"
        Resource = "*"
      },
      {
        Sid      = "WriteToDestination"
        Effect   = "Allow"
        Action   = "s3:PutObject"
        Resource = "${aws_s3_bucket.failed_records.arn}/*"
      },
      {
        Sid      = "FindDestination"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = aws_s3_bucket.failed_records.arn
      },
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.order_projector.arn}:*"
      },
    ]
  })
}

resource "aws_lambda_function" "order_projector" {
  function_name    = "OrderProjector"
  filename         = var.archive
  source_code_hash = filebase64sha256(var.archive)
  runtime          = "provided.al2023"
  architectures    = [var.architecture]
  handler          = "OrderProjector"
  role             = aws_iam_role.order_projector.arn
  memory_size      = 256
  timeout          = 30

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.order_projector.name
  }

  depends_on = [aws_iam_role_policy.order_projector]
}

resource "aws_lambda_event_source_mapping" "order_changes" {
  function_name                      = aws_lambda_function.order_projector.arn
  event_source_arn                   = aws_dynamodb_table.orders.stream_arn
  starting_position                  = "TRIM_HORIZON"
  batch_size                         = 100
  maximum_batching_window_in_seconds = 1
  # Without this, Lambda ignores the response and failed records are lost.
  function_response_types = ["ReportBatchItemFailures"]
  # Without this, one bad record blocks its shard for 24 hours.
  maximum_retry_attempts         = 5
  maximum_record_age_in_seconds  = 21600
  bisect_batch_on_function_error = true

  destination_config {
    on_failure {
      destination_arn = aws_s3_bucket.failed_records.arn
    }
  }
}
