"""A function that follows a table's stream, with the AWS CDK: `cdk deploy --app "python3 stack.py"`."""

from aws_cdk import App, Duration, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3

ARCHIVE = "build/OrderProjector.zip"


class Orders(Stack):
    def __init__(self, scope, id):
        super().__init__(scope, id)
        table = dynamodb.Table(
            self,
            "Orders",
            partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
            removal_policy=RemovalPolicy.RETAIN,
        )
        # Receives discarded batches with their records. `lambda-streams redrive` brings them back.
        failed_records = s3.Bucket(
            self,
            "FailedRecords",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(90))],
        )
        function = lambda_.Function(
            self,
            "OrderProjector",
            code=lambda_.Code.from_asset(ARCHIVE),
            runtime=lambda_.Runtime.PROVIDED_AL2023,
            # The architecture of the archive, which build/OrderProjector.json names.
            architecture=lambda_.Architecture.X86_64,
            handler="OrderProjector",
            memory_size=256,
            timeout=Duration.seconds(30),
            log_group=logs.LogGroup(self, "OrderProjectorLogs", retention=logs.RetentionDays.ONE_MONTH),
        )
        # Grants the role what the mapping needs: reading the stream, writing to the bucket.
        function.add_event_source(
            sources.DynamoEventSource(
                table,
                starting_position=lambda_.StartingPosition.TRIM_HORIZON,
                batch_size=100,
                max_batching_window=Duration.seconds(1),
                # Without this, Lambda ignores the response and failed records are lost.
                report_batch_item_failures=True,
                # Without this, one bad record blocks its shard for 24 hours.
                retry_attempts=5,
                max_record_age=Duration.hours(6),
                bisect_batch_on_error=True,
                on_failure=sources.S3OnFailureDestination(failed_records),
            )
        )


app = App()
Orders(app, "Orders")
app.synth()
